import { expect } from "chai";
import { record, type RecordedApp } from "../../../testing";

/** What each handler of the program calls of which component. */
const calls: Readonly<Record<string, string>> = {
  alias: "media.put",
  destructured: "media.put",
  ns: "jobs.send",
  member: "out.put",
  importedHelper: "hidden.put",
  param: "media.put",
  store: "media.put",
  wrapped: "media.delete",
  index0: "a0.put",
  inside: "media.getText",
  optional: "media.getText",
  "loop-m": "media.put",
  "loop-i": "in.put",
  method: "app.put",
  bound: "app.put",
  newstore: "media.getText",
  "comp-arrow": "inner.put",
  "comp-method": "inner.put",
};

const actionsOf: Readonly<Record<string, readonly string[]>> = {
  put: ["s3:AbortMultipartUpload", "s3:PutObject"],
  getText: ["s3:GetObject"],
  delete: ["s3:DeleteObject"],
  send: ["sqs:SendMessage"],
};

describe("a component, however a handler reaches it", () => {
  let app: RecordedApp;
  before(async function () {
    // The heap is asked for what "this" is in arrow functions.
    this.timeout(60_000);
    app = await record(() => import("./reached-program.js"));
  });

  for (const [handler, call] of Object.entries(calls)) {
    it(`is called by "${handler}", which may do that and no more`, async () => {
      const called: string[] = [];
      const stub = { [call]: async () => void called.push(call) };
      await app.invoke(handler, {}, stub);
      expect(called).to.deep.equal([call]);
      const actions = app.permissions(handler).flatMap((permission) => permission.actions);
      const own = actions.filter((action) => !action.startsWith("logs:"));
      expect(own.sort()).to.deep.equal(actionsOf[call.slice(call.indexOf(".") + 1)]);
    });
  }
});
