/**
 * Mends what the serializer makes of derived classes. It leaves out the link between the prototypes where no method is
 * inherited, so that no instance is one of the base class; and it calls a built-in error as a plain function, which
 * loses the message and the stack.
 * @param text a serialized closure
 */
export function mendDerivedClasses(text: string): string {
  const links: string[] = [];
  const mended = text.replace(derived, (whole: string, name: string, before: string, base: string) => {
    links.push(`__link(${name}, ${base});`);
    return base.startsWith("global.") ? `function ${name}${before}{ __super: __errorBase(${base})` : whole;
  });
  return links.length === 0 ? text : [mended, helpers, ...links, ""].join("\n");
}

/** A class as the serializer writes it, with the class that it extends. */
const derived =
  /^function (__f\d+)(\([^)]*\) \{\n {2}return \(function\(\) \{\n {4}with\()\{ __super: (global\.\w*Error|__f\d+)\b/gm;

const helpers = `
function __link(derived, base) {
  if (Object.getPrototypeOf(derived.prototype) === Object.prototype) Object.setPrototypeOf(derived.prototype, base.prototype);
}
function __errorBase(Base) {
  return {
    prototype: Base.prototype,
    call(self, ...given) {
      const made = new Base(...given);
      for (const key of Reflect.ownKeys(made)) {
        Object.defineProperty(self, key, { value: made[key], writable: true, configurable: true, enumerable: false });
      }
      // From where the instance was made, without what stands in for its class.
      Error.captureStackTrace(self, self.constructor);
    },
  };
}`;
