import type { Services } from "./services";

/** Lets everything run that is there: what was accepted and not yet done goes on. The endpoint listens by now. */
export async function startServices(services: Services): Promise<void> {
  const { functions, events, eventSources, logs, objects, queues, tasks, scheduler } = services;
  await logs.start();
  tasks.start();
  queues.start();
  await functions.start();
  eventSources.start();
  events.start();
  scheduler.start();
  await objects.start();
}

/** Ends everything, what asks for work before what does it. */
export async function closeServices(services: Services): Promise<void> {
  const { functions, events, eventSources, logs, objects, queues, tasks, scheduler, httpApis, endpoint } = services;
  await httpApis.close();
  await objects.close();
  scheduler.close();
  await Promise.all([tasks.close(), eventSources.close(), functions.close()]);
  await events.close();
  queues.close();
  logs.close();
  await endpoint.close();
}
