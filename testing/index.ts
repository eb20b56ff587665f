/** What teams use in their own tests: published as `tandem/testing`. */
export { FakeClock } from "./fake-clock";
export { record, type RecordOptions } from "./record";
export { RecordedApp, RecordedNode, type Permission } from "./recorded-app";
