import { expect } from "chai";

import { localAccount } from "../../../../engine/services/account";
import { requireCaller } from "../../../../engine/services/authorize";
import { openDatabase } from "../../../../engine/services/database";
import { Endpoint } from "../../../../engine/services/endpoint/endpoint";
import { systemClock } from "../../../../engine/services/clock";
import { Identity, type Credentials } from "../../../../engine/services/identity/identity";
import { StsService } from "../../../../engine/services/sts/sts-service";
import { sendRaw } from "../endpoint/raw-http";
import { signedHead } from "../endpoint/signed-request";

describe("The Security Token Service", () => {
  const database = openDatabase(":memory:");
  const identity = new Identity(database, localAccount);
  const endpoint = new Endpoint({
    services: [new StsService(localAccount, requireCaller)],
    identity,
    clock: systemClock,
  });
  let port = 0;

  before(async () => {
    port = await endpoint.listen();
  });
  after(async () => {
    await endpoint.close();
    database.close();
  });

  const ask = (credentials: Credentials, action: string): Promise<string> => {
    const path = `/?Action=${action}&Version=2011-06-15`;
    const headers = { connection: "close" };
    const host = `127.0.0.1:${port}`;
    return sendRaw(port, signedHead(credentials, { method: "GET", path, host, service: "sts", headers }));
  };

  it("tells the developer and a role who they are", async () => {
    const user = await ask(identity.developer(), "GetCallerIdentity");
    expect(user).to.contain("<Arn>arn:aws:iam::000000000000:user/developer</Arn>");
    expect(user).to.match(/<UserId>AIDA[0-9A-F]{17}<\/UserId><Account>000000000000<\/Account>/);
    const credentials = identity.credentialsFor("arn:aws:iam::000000000000:role/on-put");
    const role = await ask(credentials, "GetCallerIdentity");
    expect(role).to.contain("<Arn>arn:aws:sts::000000000000:assumed-role/on-put/on-put</Arn>");
    expect(role).to.match(/<UserId>AROA[0-9A-F]{17}:on-put<\/UserId>/);
  });

  it("refuses what it does not do, and who has no key, in its own protocol", async () => {
    const refused = await ask(identity.developer(), "AssumeRole");
    expect(refused).to.match(/^HTTP\/1\.1 400/);
    expect(refused).to.contain("<Code>InvalidAction</Code>").and.contain("GetCallerIdentity is.");
    const stranger = await ask({ accessKeyId: "AKIANOBODY", secretAccessKey: "x" }, "GetCallerIdentity");
    expect(stranger).to.contain("<ErrorResponse").and.contain("<Code>InvalidClientTokenId</Code>");
  });
});
