import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { expect } from "chai";

import { localAccount } from "../../../../engine/services/account";
import { openDatabase } from "../../../../engine/services/database";
import { Identity } from "../../../../engine/services/identity/identity";

describe("Identity", () => {
  it("gives each role a key of its own, the same one every time", () => {
    const database = openDatabase(":memory:");
    const identity = new Identity(database, localAccount);
    const one = identity.credentialsFor("arn:aws:iam::000000000000:role/one");
    expect(one.accessKeyId).to.match(/^AKIA[A-Z2-7]{16}$/);
    expect(one.secretAccessKey).to.have.length(40);
    expect(identity.credentialsFor("arn:aws:iam::000000000000:role/one")).to.deep.equal(one);
    expect(identity.credentialsFor("arn:aws:iam::000000000000:role/two").accessKeyId).not.to.equal(one.accessKeyId);
    database.close();
  });

  it("tells whose a key is, and knows the keys of no other stack", () => {
    const database = openDatabase(":memory:");
    const identity = new Identity(database, localAccount);
    const { accessKeyId, secretAccessKey } = identity.developer();
    expect(identity.callerOf(accessKeyId)).to.deep.equal({
      caller: { arn: "arn:aws:iam::000000000000:user/developer", accessKeyId },
      secret: secretAccessKey,
    });
    expect(identity.callerOf("AKIAIOSFODNN7EXAMPLE")).to.equal(undefined);
    database.close();
  });

  it("keeps keys over a restart", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-identity-"));
    const file = path.join(folder, "tandem.sqlite");
    const before = openDatabase(file);
    const credentials = new Identity(before, localAccount).developer();
    before.close();
    const after = openDatabase(file);
    const identity = new Identity(after, localAccount);
    expect(identity.callerOf(credentials.accessKeyId)?.secret).to.equal(credentials.secretAccessKey);
    expect(identity.developer()).to.deep.equal(credentials);
    after.close();
    fs.rmSync(folder, { recursive: true });
  });
});
