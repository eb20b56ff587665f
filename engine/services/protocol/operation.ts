import type { AwsError, AwsRequest, AwsResponse } from "./message";

/**
 * One operation of a service. What it needs is declared beside what it does, so that permissions are enforced from
 * the same place that implements them, and a new operation cannot forget to say.
 */
export interface Operation<Service, Input> extends OperationSummary {
  /** Each IAM action that the caller needs, with the ARNs it needs it on ("*" where the action takes no resource). */
  permissions(input: Input, service: Service): readonly Permission[];
  run(input: Input, service: Service, request: AwsRequest): Promise<AwsResponse>;
}

/** What docs/compatibility.md says of an operation. */
export interface OperationSummary {
  /** AWS's name, e.g. `PutObject`. */
  readonly name: string;
  /** What of the operation is refused or different here; undefined for one that is whole. */
  readonly partly?: string;
}

/** An IAM action on one resource, with the condition keys that AWS sets for it. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
}

/** Decides whether a caller may do what an operation needs; throws an `AwsError` where not. */
export type Authorize = (request: AwsRequest, operation: string, permissions: readonly Permission[]) => void;

/** A service behind the endpoint: what a request signed for it (the scope's service name) is handed to. */
export interface AwsService {
  /** The service's name in a credential scope: `s3`, `lambda`, `ecs`, `logs`, `events`, `scheduler`, `sqs`. */
  readonly signingName: string;
  /** All that it runs. */
  readonly operations: readonly OperationSummary[];
  handle(request: AwsRequest): Promise<AwsResponse>;
  /** The error document in this service's own protocol. */
  formatError(error: AwsError, request: AwsRequest): AwsResponse;
}
