import { queueCases } from "./queue-cases";
import { queryClient, sdkClient } from "./queue-client";

describe("SQS, as the JavaScript SDK finds it", () => queueCases(sdkClient));

describe("SQS, as the query protocol finds it", () => queueCases(queryClient));
