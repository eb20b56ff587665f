import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import type { Properties, Value, Identity, Registration } from "../graph/resource";
import { arn, type Account } from "../services/account";

/** How deep objects are filled that only a provider would know. */
const depth = 3;

/** A property of a resource's class: its name, and its type as it stands in the package's declarations. */
type Declared = readonly (readonly [name: string, type: string])[];

const declarations = new Map<string, string | undefined>();

/**
 * What a provider would add to a resource that nothing on this machine stands for: a plausible value, by name and type,
 * for each output that its class declares and that neither the inputs nor `identity` give. Addresses end with `.invalid`,
 * which leads nowhere (https://www.rfc-editor.org/rfc/rfc2606).
 * @param folder the program's folder, from which it loads the provider's package
 */
export function withComputedOutputs(
  resource: Registration,
  identity: Identity,
  account: Account,
  folder: string,
): Identity {
  const { type, inputs } = resource;
  const packageFolder = folderOfPackage(type, folder);
  if (packageFolder === undefined) return identity;
  const outputs: Record<string, Value> = { ...identity.outputs };
  const fill = new Filler(resource, identity, account, packageFolder);
  for (const [name, declared] of declaredOutputs(type, packageFolder)) {
    if (inputs[name] !== undefined || outputs[name] !== undefined) continue;
    const value = name === "tagsAll" ? (inputs["tags"] ?? {}) : fill.value(name, declared, depth);
    if (value !== undefined) outputs[name] = value;
  }
  return { id: identity.id, outputs };
}

/** The names of the outputs that a type of resource has, as its package declares them; empty where there is none. */
function declaredOutputs(type: string, packageFolder: string): Declared {
  const [, module = "", name = ""] = type.split(":");
  // `aws:lb/loadBalancer:LoadBalancer` is in lb/loadBalancer, `random:index/randomId:RandomId` in randomId.
  const inModule = module.includes("/") ? module : `${module}/${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  const text = declarationText(path.join(packageFolder, `${inModule.replace(/^index\//, "")}.d.ts`));
  const found = [...(text ?? "").matchAll(/^ {4}readonly (\w+)!?: pulumi\.Output<([^]*?)>;$/gm)];
  return found.map(([, property = "", declared = ""]) => [property, declared]);
}

/** The folder of a provider's package for Node.js, in which the type's class is. */
function folderOfPackage(type: string, folder: string): string | undefined {
  const [provider = ""] = type.split(":");
  const { resolve } = createRequire(path.join(folder, "package.json"));
  for (const name of [`@pulumi/${provider}`, `@pulumiverse/${provider}`]) {
    try {
      return path.dirname(resolve(`${name}/package.json`));
    } catch {
      // then the next
    }
  }
  return undefined;
}

function declarationText(file: string): string | undefined {
  if (!declarations.has(file)) {
    declarations.set(file, fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined);
  }
  return declarations.get(file);
}

class Filler {
  private readonly hash: string;
  private readonly service: string;

  public constructor(
    private readonly resource: Registration,
    private readonly identity: Identity,
    private readonly account: Account,
    private readonly packageFolder: string,
  ) {
    this.hash = createHash("sha256").update(resource.urn).digest("hex");
    this.service = /^[^:]+:([^/:]+)/.exec(resource.type)?.[1] ?? "";
  }

  /** A plausible value; undefined where the type allows none, or nobody can tell. */
  public value(name: string, declared: string, left: number): Value | undefined {
    const type = declared.trim();
    if (/\| undefined$/.test(type)) return undefined;
    if (type === "string") return this.text(name);
    if (type === "number") return name === "port" ? 443 : 0;
    if (type === "boolean") return false;
    if (type.startsWith("{")) return {};
    const item = /^([\w.]+)\[\]$/.exec(type)?.[1];
    const interfaceName = item ?? type;
    if (interfaceName.startsWith("outputs.") && left > 0) {
      const object = this.object(interfaceName, left - 1);
      return item === undefined ? object : [object];
    }
    if (item !== undefined || type.endsWith("[]")) return [];
    return undefined;
  }

  private object(name: string, left: number): Properties {
    const text = declarationText(path.join(this.packageFolder, "types", "output.d.ts")) ?? "";
    const [, ...parts] = name.split(".");
    const namespace = parts.slice(0, -1).join(".");
    const from = namespace === "" ? 0 : text.indexOf(`namespace ${namespace} {`);
    const start = from < 0 ? -1 : text.indexOf(`interface ${parts.at(-1)} {`, from);
    if (start < 0) return {};
    const margin = /([^\S\n]*)\S*\s*$/.exec(text.slice(0, start))?.[1] ?? "";
    const body = text.slice(start, text.indexOf(`\n${margin}}`, start));
    const members = [...body.matchAll(new RegExp(`^${margin} {4}(\\w+): ([^]*?);$`, "gm"))];
    const filled = members.map(
      ([, member = "", declared = ""]) => [member, this.value(member, declared, left)] as const,
    );
    return Object.fromEntries(filled.filter((entry): entry is [string, Value] => entry[1] !== undefined));
  }

  private text(name: string): string {
    const { identity, account, service, resource } = this;
    const isAws = resource.type.startsWith("aws:");
    const host = `${identity.id.replace(/[^A-Za-z0-9-]/g, "-")}.${service}.invalid`;
    if (name === "name") return identity.id;
    if (name === "region") return account.region;
    if (/^(ownerId|accountId|awsAccountId|registryId)$/.test(name)) return account.id;
    if (/arn$/i.test(name))
      return isAws ? arn(account, service, `${name.replace(/-?arn$/i, "") || "resource"}/${identity.id}`) : "";
    if (/(url|uri|issuer)$/i.test(name)) return `https://${host}`;
    if (/(dns|dnsname|domain|domainname|hostname|host|address|fqdn|endpoint)$/i.test(name)) return host;
    if (/(id|key|secret|token|password|suffix|fingerprint)$/i.test(name)) {
      const kind = name.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();
      return `${kind}-${this.hash.slice(0, 17)}`;
    }
    return "";
  }
}
