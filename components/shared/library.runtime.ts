/** What handlers may import from the library itself; everything else of it exists while deploying only. */
export { HttpError } from "../api/http-error.runtime";
export { RetryError } from "../queue/retry-error.runtime";
