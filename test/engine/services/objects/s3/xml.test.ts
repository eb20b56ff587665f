import { expect } from "chai";

import { renderXml, XmlNode } from "../../../../../engine/services/objects/s3/xml";

describe("S3's XML", () => {
  it("escapes what a key may contain", () => {
    const text = renderXml("R", { Key: `<a&"b'>\r\n\u0001`, Left: undefined, Many: [1, 2] }, { hasNamespace: false });
    expect(text).to.contain("<Key>&lt;a&amp;&quot;b&apos;&gt;&#13;&#10;&#1;</Key><Many>1</Many><Many>2</Many></R>");
  });

  it("reads back exactly what it wrote", () => {
    for (const key of [" a ", `<a&"b'>`, "007", "line\r\nline", "\u0001", "&amp;lt;", "😀", "true"]) {
      expect(XmlNode.parse(renderXml("R", { Key: key }), "R").text("Key"), key).to.equal(key);
    }
  });

  it("refuses what is no document of the expected kind", () => {
    const documents = [
      "",
      "text",
      "<R>",
      "<Other/>",
      "<!DOCTYPE R [<!ENTITY a 'b'>]><R>&a;</R>",
      "<R><![CDATA[x]]></R>",
    ];
    for (const document of documents) {
      expect(() => XmlNode.parse(document, "R"), document)
        .to.throw()
        .with.property("code", "MalformedXML");
    }
    expect(() => XmlNode.parse("<R><Key>&unknown;</Key></R>", "R").text("Key"))
      .to.throw()
      .with.property("code");
  });
});
