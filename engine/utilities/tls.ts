import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";
import { number, text } from "../graph/values";
import type { Maker } from "./random";

const curves: Readonly<Record<string, string>> = { P224: "secp224r1", P256: "P-256", P384: "P-384", P521: "P-521" };

/** A length and the bytes, as SSH writes them. */
function field(bytes: Buffer | string): Buffer {
  const content = Buffer.from(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

/** A whole number as SSH writes it: without zeros before it, but for one where it would be negative. */
function integer(base64url: string): Buffer {
  const bytes = Buffer.from(base64url, "base64url");
  return field((bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

/** A public key as SSH writes it (https://www.rfc-editor.org/rfc/rfc4253#section-6.6); undefined for a curve that SSH has not. */
function sshKey(key: KeyObject): { readonly type: string; readonly blob: Buffer } | undefined {
  const jwk = key.export({ format: "jwk" }) as Record<string, string | undefined>;
  const { kty, n = "", e = "", x = "", y = "", crv = "" } = jwk;
  if (kty === "RSA") return { type: "ssh-rsa", blob: Buffer.concat([field("ssh-rsa"), integer(e), integer(n)]) };
  if (kty === "OKP") {
    const blob = Buffer.concat([field("ssh-ed25519"), field(Buffer.from(x, "base64url"))]);
    return { type: "ssh-ed25519", blob };
  }
  const curve = `nistp${crv.slice(2)}`;
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  const type = `ecdsa-sha2-${curve}`;
  return { type, blob: Buffer.concat([field(type), field(curve), field(point)]) };
}

/** The private keys of the provider `tls` (https://www.pulumi.com/registry/packages/tls/), by their type tokens. */
export const tlsMakers: Readonly<Record<string, Maker>> = {
  "tls:index/privateKey:PrivateKey": {
    key: ["algorithm", "ecdsaCurve", "rsaBits"],
    make(inputs) {
      const algorithm = text(inputs, "algorithm");
      const rsaBits = number(inputs, "rsaBits") ?? 2048;
      const ecdsaCurve = text(inputs, "ecdsaCurve") || "P224";
      const { publicKey, privateKey } = generate(algorithm, rsaBits, ecdsaCurve);
      const pkcs8 = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      const type = algorithm === "RSA" ? "pkcs1" : algorithm === "ECDSA" ? "sec1" : "pkcs8";
      const isSsh = !(algorithm === "ECDSA" && ecdsaCurve === "P224");
      const ssh = isSsh ? sshKey(publicKey) : undefined;
      const der = publicKey.export({ type: "spki", format: "der" });
      const md5 =
        ssh === undefined
          ? ""
          : createHash("md5")
              .update(ssh.blob)
              .digest("hex")
              .replace(/(..)(?!$)/g, "$1:");
      const sha256 = ssh === undefined ? "" : createHash("sha256").update(ssh.blob).digest("base64").replace(/=+$/, "");
      return {
        id: createHash("sha1").update(der).digest("hex"),
        outputs: {
          rsaBits,
          ecdsaCurve,
          privateKeyPem: privateKey.export({ type, format: "pem" } as { type: "pkcs8"; format: "pem" }).toString(),
          privateKeyPemPkcs8: pkcs8,
          publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
          publicKeyOpenssh: ssh === undefined ? "" : `${ssh.type} ${ssh.blob.toString("base64")}\n`,
          publicKeyFingerprintMd5: md5,
          publicKeyFingerprintSha256: sha256 === "" ? "" : `SHA256:${sha256}`,
        },
      };
    },
  },
};

function generate(algorithm: string, rsaBits: number, curve: string): { publicKey: KeyObject; privateKey: KeyObject } {
  if (algorithm === "RSA") return generateKeyPairSync("rsa", { modulusLength: rsaBits });
  if (algorithm === "ED25519") return generateKeyPairSync("ed25519");
  const namedCurve = curves[curve];
  if (algorithm === "ECDSA" && namedCurve !== undefined) return generateKeyPairSync("ec", { namedCurve });
  throw new Error(
    `a private key's algorithm is RSA, ECDSA with one of ${Object.keys(curves).join(", ")}, or ED25519: got ${algorithm} ${curve}`,
  );
}
