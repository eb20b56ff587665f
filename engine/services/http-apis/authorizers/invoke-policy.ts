/**
 * Whether a policy that an authorizer returned lets a route be called: some statement allows it, none denies it. A
 * statement with conditions allows nothing, and denies whatever they are: they are not looked at here.
 */
export function allows(policy: Readonly<Record<string, unknown>>, routeArn: string): boolean {
  const statements = asList(policy["Statement"]).filter(isRecord);
  const matching = statements.filter(
    (statement) =>
      asList(statement["Action"]).some((action) => matches(String(action).toLowerCase(), "execute-api:invoke")) &&
      asList(statement["Resource"]).some((resource) => matches(String(resource), routeArn)),
  );
  if (matching.some(({ Effect }) => Effect !== "Allow")) return false;
  return matching.some(({ Condition }) => Condition === undefined);
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : value === undefined ? [] : [value];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** IAM's wildcards: `*` for any text, `?` for one character. */
function matches(pattern: string, text: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "s").test(text);
}
