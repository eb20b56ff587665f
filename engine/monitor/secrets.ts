import { createDecipheriv, pbkdf2Sync } from "node:crypto";

/**
 * Decrypts what `pulumi config set --secret` wrote with a passphrase: AES-256-GCM under a key derived by PBKDF2 with
 * SHA-256 (https://github.com/pulumi/pulumi/blob/master/pkg/secrets/passphrase/manager.go).
 * @param salt the stack file's `encryptionsalt`
 * @returns a function that gives undefined where the passphrase is missing or wrong, or another provider encrypted it
 */
export function decryptor(
  salt: string | undefined,
  passphrase: string | undefined,
): (ciphertext: string) => string | undefined {
  const saltText = /^v1:([^:]+):/.exec(salt ?? "")?.[1];
  if (saltText === undefined || passphrase === undefined) return () => undefined;
  let key: Buffer | undefined;
  return (ciphertext) => {
    const [version, nonce, content] = ciphertext.split(":");
    if (version !== "v1" || nonce === undefined || content === undefined) return undefined;
    key ??= pbkdf2Sync(passphrase, Buffer.from(saltText, "base64"), 1_000_000, 32, "sha256");
    const bytes = Buffer.from(content, "base64");
    const cipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
    cipher.setAuthTag(bytes.subarray(-16));
    try {
      return Buffer.concat([cipher.update(bytes.subarray(0, -16)), cipher.final()]).toString("utf8");
    } catch {
      return undefined;
    }
  };
}
