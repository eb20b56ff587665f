import { expect } from "chai";
import { changesOf } from "./deployed-example";
import { privateTasks } from "./existing-programs";
import { ExistingProject, nameOf, type StateResource } from "./existing-project";

describe("tasks in private subnets, deployed", () => {
  let project: ExistingProject;
  let resources: StateResource[];
  const inputsOf = (type: string, name: string) =>
    resources.find((each) => each.type === type && nameOf(each.urn) === name)?.inputs;
  const imageOf = (task: string): unknown => {
    const { containerDefinitions } = inputsOf("aws:ecs/taskDefinition:TaskDefinition", `${task}-task`) ?? {};
    return (JSON.parse(String(containerDefinitions)) as { image: string }[])[0]?.image;
  };

  before(async () => {
    project = await ExistingProject.start(privateTasks);
    await project.pulumi.init("dev");
  });

  after(() => project.close());

  it("are previewed without a network", async () => {
    const { code, output } = await project.pulumi.preview();
    expect(code, output).to.equal(0);
    expect(project.pulumi.constructed).to.be.empty;
    expect(await project.inCloud()).to.be.empty;
  });

  it("share one in each region, which the provider of the region makes", async () => {
    changesOf(await project.pulumi.up());
    resources = await project.resources();
    expect([...project.pulumi.constructed.values()]).to.have.deep.members([
      { name: "tandem", providers: {} },
      { name: "tandem-europe", providers: { aws: "europe" } },
    ]);
    const vpcOf = (task: string): unknown =>
      inputsOf("aws:ec2/securityGroup:SecurityGroup", `${task}-security-group`)?.["vpcId"];
    expect(vpcOf("one")).to.match(/^vpc-[0-9a-f]+$/);
    expect(vpcOf("two")).to.equal(vpcOf("one"));
    expect(vpcOf("far"))
      .to.match(/^vpc-[0-9a-f]+$/)
      .and.not.equal(vpcOf("one"));
  });

  it("are started in its private subnets, without a public address", () => {
    const { variables } = inputsOf("aws:lambda/function:Function", "start")?.["environment"] as {
      variables: Record<string, string>;
    };
    const place = JSON.parse(variables["TANDEM_TASK_one"] ?? "") as { subnets: string[]; assignPublicIp: string };
    expect(place.assignPublicIp).to.equal("DISABLED");
    expect(place.subnets).to.have.lengthOf(2);
    for (const subnet of place.subnets) expect(subnet).to.match(/^subnet-1/);
  });

  it("run an image that is there already by its digest", () => {
    // The account's answer for a digest is the tag that was asked for.
    expect(imageOf("one")).to.equal("alpine@tag:3.22");
    expect(imageOf("pinned")).to.equal(`alpine@sha256:${"0".repeat(64)}`);
  });

  it("are the same a second time", async () => {
    expect(changesOf(await project.pulumi.up())).to.be.empty;
    expect(changesOf(await project.pulumi.preview())).to.be.empty;
  });

  it("go without a trace", async () => {
    changesOf(await project.pulumi.destroy());
    expect(await project.resources()).to.be.empty;
    expect([...(await project.inCloud()), ...(await project.inCloud("eu-west-1"))]).to.be.empty;
  });
});
