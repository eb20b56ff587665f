import { AwsError } from "./message";

/**
 * The parameters of a request in one of AWS's JSON protocols. Reading one of the wrong type, or a required one that is
 * missing, throws the error that AWS answers with.
 */
export class JsonInput {
  private constructor(
    private readonly values: Readonly<Record<string, unknown>>,
    private readonly missingCode: string,
  ) {}

  /** @param missingCode the service's own error code for a bad parameter, e.g. `InvalidParameterException`. */
  public static parse(text: string, missingCode: string): JsonInput {
    let value: unknown;
    try {
      value = text === "" ? {} : JSON.parse(text);
    } catch {
      throw new AwsError("SerializationException", "The request body is not valid JSON.");
    }
    if (!isRecord(value)) throw new AwsError("SerializationException", "The request body is not a JSON object.");
    return new JsonInput(value, missingCode);
  }

  /** Parameters that came in another form than JSON. */
  public static of(values: Readonly<Record<string, unknown>>, missingCode: string): JsonInput {
    return new JsonInput(values, missingCode);
  }

  public string(name: string): string {
    return this.optionalString(name) ?? this.missing(name);
  }

  public optionalString(name: string): string | undefined {
    const value = this.values[name] ?? undefined;
    if (value !== undefined && typeof value !== "string") throw wrongType(name, "a string");
    return value;
  }

  public optionalNumber(name: string): number | undefined {
    const value = this.values[name] ?? undefined;
    if (value !== undefined && (typeof value !== "number" || !Number.isFinite(value)))
      throw wrongType(name, "a number");
    return value;
  }

  public optionalBoolean(name: string): boolean | undefined {
    const value = this.values[name] ?? undefined;
    if (value !== undefined && typeof value !== "boolean") throw wrongType(name, "a boolean");
    return value;
  }

  /** A list of strings; undefined where it is absent. */
  public optionalStrings(name: string): string[] | undefined {
    const value = this.values[name] ?? undefined;
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || !value.every((item) => typeof item === "string"))
      throw wrongType(name, "a list of strings");
    return value;
  }

  /** A list of structures; undefined where it is absent. */
  public optionalList(name: string): JsonInput[] | undefined {
    const value = this.values[name] ?? undefined;
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw wrongType(name, "a list");
    return value.map((item) => {
      if (!isRecord(item)) throw wrongType(name, "a list of objects");
      return new JsonInput(item, this.missingCode);
    });
  }

  public list(name: string): JsonInput[] {
    return this.optionalList(name) ?? this.missing(name);
  }

  /** A structure inside this one; undefined where it is absent. */
  public optionalObject(name: string): JsonInput | undefined {
    const value = this.values[name] ?? undefined;
    if (value === undefined) return undefined;
    if (!isRecord(value)) throw wrongType(name, "an object");
    return new JsonInput(value, this.missingCode);
  }

  /** The names of the parameters that were given. */
  public names(): string[] {
    return Object.keys(this.values).filter((name) => this.values[name] !== null);
  }

  private missing(name: string): never {
    throw new AwsError(this.missingCode, `The parameter ${name} is required.`);
  }
}

/** Whether a parsed JSON value is an object rather than a list, a scalar or null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object that a JSON text stands for; undefined where it is none. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function wrongType(name: string, expected: string): AwsError {
  return new AwsError("SerializationException", `The parameter ${name} must be ${expected}.`);
}
