/** Tandem's public entry: components for applications that need both functions and containers. */
import { checkPeers, installedManifest } from "./shared/peers";

// Before anything is loaded that could fail for the same reason, and say less.
checkPeers(installedManifest);

export * from "./api";
export * from "./bucket";
export * from "./function";
export * from "./queue";
export * from "./task";
export { grant, type Grant } from "./shared/grants";
export { errorCodes, type ErrorCode } from "./shared/error-codes";
export { TandemError, type Problem } from "./shared/errors";
export type { EventSubscription, Subscription, SubscriptionOptions } from "./function/subscription";
export type { Transform, Transforms } from "./shared/transform";
