import { deadLetterCases } from "./dead-letter-cases";
import { fifoCases } from "./fifo-cases";
import { managingCases } from "./managing-cases";
import { messageCases } from "./message-cases";
import { QueueCase } from "./queue-case";
import type { ClientOptions, QueueClient } from "./queue-client";
import { QueueFixture } from "./queue-fixture";

/** What SQS does, as every client of it is to find it. */
export function queueCases(client: (options: ClientOptions) => QueueClient): void {
  const given = new QueueCase(() => new QueueFixture().start(client));
  managingCases(given);
  messageCases(given);
  deadLetterCases(given);
  fifoCases(given);
}
