/** What teams use in their own tests: published as `tandem/testing`. */

// Not every test runner loads tandem/register, which says so as well.
require("../engine/monitor/node-version");

export { tandemChai } from "./chai";
export { FakeClock } from "./fake-clock";
export { LocalApp, type LocalApi, type LocalFunction, type LocalTaskRun } from "./local-app";
export { LocalBucket } from "./local-bucket";
export { LocalQueue, type LocalMessage } from "./local-queue";
export type { RecordMocks } from "./aws-mocks";
export { record, type RecordOptions } from "./record";
export { RecordedApp, RecordedNode, type Permission } from "./recorded-app";
export type { InputsOf, ResourceType } from "./resource-inputs";
export type { RouteKey, RouteRequest } from "./route-call";
export { start, type StartOptions } from "./start";
export type { Stubs } from "./stubs";
