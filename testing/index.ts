/** What teams use in their own tests: published as `tandem/testing`. */
export { FakeClock } from "./fake-clock";
export { record, type RecordMocks, type RecordOptions } from "./record";
export { RecordedApp, RecordedNode, type Permission } from "./recorded-app";
export type { InputsOf, ResourceType } from "./resource-inputs";
export type { RouteRequest } from "./route-call";
export type { Stubs } from "./stubs";
