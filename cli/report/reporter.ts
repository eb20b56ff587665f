import type { TimedEngineEvent } from "../../engine/services/engine-events";
import type { Engine } from "../../engine/engine";

/** Shows what happens in an engine. */
export interface Reporter {
  event(event: TimedEngineEvent): void;
  /** After the first `ready`: where things are, and what could not run here. */
  ready(engine: Engine): void;
  /** The last line. */
  end(message: string, failed: boolean): void;
}
