import { XMLParser, XMLValidator } from "fast-xml-parser";

import { malformedXml } from "../s3-errors";

/** What an element contains; an array repeats the element, undefined leaves it out. */
type XmlContent = string | number | boolean | undefined | XmlElement | readonly XmlContent[];

export interface XmlElement {
  readonly [name: string]: XmlContent;
}

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/";
const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

/** An S3 document. Control characters become references, as S3 sends them, since keys may contain them. */
export function renderXml(root: string, content: XmlElement, { hasNamespace = true } = {}): string {
  const attribute = hasNamespace ? ` xmlns="${namespace}"` : "";
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${renderChildren(content)}</${root}>`;
}

function renderChildren(element: XmlElement): string {
  return Object.entries(element)
    .map(([name, content]) => renderElement(name, content))
    .join("");
}

function renderElement(name: string, content: XmlContent): string {
  if (content === undefined) return "";
  if (Array.isArray(content)) return content.map((item: XmlContent) => renderElement(name, item)).join("");
  const inner = typeof content === "object" ? renderChildren(content as XmlElement) : escapeText(String(content));
  // A name may have attributes behind it.
  const [tag] = name.split(" ", 1);
  return `<${name}>${inner}</${tag ?? name}>`;
}

function escapeText(text: string): string {
  return text.replace(/[&<>"'\p{Cc}]/gu, (character) => escapes[character] ?? `&#${character.charCodeAt(0)};`);
}

/** An element as it was parsed; every child is a list, since any may be repeated. */
export class XmlNode {
  private constructor(private readonly content: unknown) {}

  /** Parses a document whose root is `root`; throws MalformedXML. Document types and CDATA have no place in S3. */
  public static parse(text: string, root: string): XmlNode {
    if (text.includes("<!") || XMLValidator.validate(text) !== true) throw malformedXml();
    const parser = new XMLParser({
      ignoreAttributes: true,
      ignoreDeclaration: true,
      removeNSPrefix: true,
      parseTagValue: false,
      trimValues: false,
      // The parser drops references to control characters, and a key without its control characters is another key.
      processEntities: false,
    });
    const document = parser.parse(text) as Record<string, unknown>;
    if (document[root] === undefined) throw malformedXml();
    return new XmlNode(document[root]);
  }

  public children(name: string): XmlNode[] {
    if (typeof this.content !== "object" || this.content === null) return [];
    const found = (this.content as Record<string, unknown>)[name];
    if (found === undefined) return [];
    return (Array.isArray(found) ? found : [found]).map((value) => new XmlNode(value));
  }

  /** The text of this element. */
  public value(): string {
    return decodeText(this.content);
  }

  /** The text of the only child of this name; undefined where there is none. */
  public text(name: string): string | undefined {
    const [child] = this.children(name);
    return child === undefined ? undefined : decodeText(child.content);
  }
}

const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decodeText(value: unknown): string {
  if (typeof value !== "string") throw malformedXml();
  return value.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));|&/gi, (_reference, hexadecimal, decimal, name) => {
    const character = named[String(name)];
    if (character !== undefined) return character;
    const code = hexadecimal ? Number.parseInt(String(hexadecimal), 16) : Number(decimal ?? Number.NaN);
    if (!(code <= 0x10ffff)) throw malformedXml();
    return String.fromCodePoint(code);
  });
}
