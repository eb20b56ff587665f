import { expect } from "chai";
import { diffMarkdown, escaped } from "../../../cli/review/diff-markdown";
import { emptyReport as nothing } from "./empty-report";

const many = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe("a diff as Markdown", () => {
  it("has at most 60,000 characters, keeps what matters most, and counts the rest", () => {
    const code = many(300).map((index) => ({ name: `handler${index}`, diff: `+${"x".repeat(900)}\n`, besides: [] }));
    const dataAtRisk = [{ name: "media", type: "aws:s3/bucket:Bucket", change: "deleted" as const, protect: false }];
    const text = diffMarkdown({ ...nothing, code, dataAtRisk }, []);
    expect(text.length).to.be.within(50_000, 60_000);
    expect(text).to.include("`media` Bucket is deleted");
    const told = text.match(/<details>/g)?.length ?? 0;
    const left = Number(/^(\d+) more entries do not fit here/m.exec(text)?.[1]);
    // The diagram is one of the parts.
    expect(told + left).to.equal(301);
    expect(text.match(/<\/details>/g)).to.have.length(told);
  });

  it("cuts a list that is too long by itself", () => {
    const added = many(3000).map((index) => ({ name: `component-${index}`, type: "tandem:index:Queue", resources: 5 }));
    const text = diffMarkdown({ ...nothing, added }, []);
    expect(text.length).to.be.within(50_000, 60_000);
    expect(text).to.match(/^\d+ more entries do not fit here/m);
  });

  it("fences code that has fences itself", () => {
    const code = [{ name: "handler", diff: "+++ a.ts\n+const fence = '````';\n", besides: [] }];
    expect(diffMarkdown({ ...nothing, code }, []))
      .to.include("`````diff\n")
      .and.include("\n`````\n");
  });

  it("gives names and notes no meaning", () => {
    expect(escaped("<b> @you [x](y) `z` a_b\n# c")).to.equal("&lt;b&gt; &#64;you \\[x\\](y) \\`z\\` a\\_b \\# c");
    expect(diffMarkdown(nothing, ["compared with <script>"])).to.include("> compared with &lt;script&gt;");
  });

  it("draws no diagram of one component, and one of several with what they may reach", () => {
    const added = [{ name: "media", type: "tandem:index:Bucket", resources: 5 }];
    expect(diffMarkdown({ ...nothing, added }, [])).not.to.include("mermaid");
    const gained = [{ effect: "allow" as const, action: "s3:GetObject", resource: "media/*", condition: "" }];
    const text = diffMarkdown({ ...nothing, added, permissions: [{ name: "onNew", gained, lost: [] }] }, []);
    expect(text).to.include("  n1 --> n0\n");
  });
});
