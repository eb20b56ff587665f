import { Queue } from "tandem";

/** The team's way to make a queue: dead letters under a name of their own, kept for two weeks, and tried five times. */
function createQueue(name: string, deadLetter: string): Queue {
  const deadLetters = new Queue(deadLetter, { retention: 14 * 24 * 3600 });
  return new Queue(name, { deadLetters, maxReceiveCount: 5, tags: { team: "orders" } });
}

// Each queue, and where its messages go that could not be processed.
const names = {
  orders: "orders-failed",
  invoices: "invoices-failed",
  shipments: "shipments-failed",
};

const queues = Object.entries(names).map(([name, deadLetter]): [string, Queue] => [
  name,
  createQueue(name, deadLetter),
]);

/** Addresses by name, for the services that send and receive. */
export const queueUrls = Object.fromEntries(queues.map(([name, queue]) => [name, queue.url]));
export const deadLetterUrls = Object.fromEntries(queues.map(([name, queue]) => [name, queue.deadLetters.url]));
