import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { queueCases } from "../engine/services/queues/queue-cases";
import type { ClientOptions, Outcome, QueueClient } from "../engine/services/queues/queue-client";

/** Reads calls, one a line, makes each in a thread of its own, and prints what it came to. */
const program = `
import base64, boto3, json, sys, threading
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore import xform_name
sqs = boto3.client("sqs", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="AKID",
  aws_secret_access_key="secret", config=Config(retries={"total_max_attempts": 1}, parameter_validation=False))
lock = threading.Lock()
def with_bytes(value):
  if isinstance(value, list): return [with_bytes(each) for each in value]
  if not isinstance(value, dict): return value
  return {k: base64.b64decode(v) if k == "BinaryValue" else with_bytes(v) for k, v in value.items()}
def plain(value):
  return base64.b64encode(value).decode()
def call(line):
  request = json.loads(line)
  try:
    result = getattr(sqs, xform_name(request["action"]))(**with_bytes(request["input"]))
    result.pop("ResponseMetadata")
    answer = {"result": result}
  except ClientError as error:
    answer = {"error": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}
  except Exception as error:
    answer = {"error": "fault", "message": repr(error)}
  with lock:
    print(json.dumps({"id": request["id"], **answer}, default=plain), flush=True)
for line in sys.stdin:
  threading.Thread(target=call, args=(line,), daemon=True).start()
`;

/** boto3, which checks the digests of what it sends and gets. */
function botoClient({ endpoint }: ClientOptions): QueueClient {
  const python = spawn("python3", ["-c", program, endpoint], { stdio: ["pipe", "pipe", "inherit"] });
  const waiting = new Map<number, (outcome: Outcome) => void>();
  let calls = 0;
  createInterface({ input: python.stdout }).on("line", (line) => {
    const { id, ...outcome } = JSON.parse(line) as Outcome & { id: number };
    waiting.get(id)?.(outcome);
    waiting.delete(id);
  });
  return {
    call: (action, input) =>
      new Promise((resolve) => {
        const id = ++calls;
        waiting.set(id, resolve);
        python.stdin.write(JSON.stringify({ id, action, input }) + "\n");
      }),
    close: () => void python.kill(),
  };
}

const isThere = spawnSync("python3", ["-c", "import boto3"]).status === 0;

if (isThere || process.env.TANDEM_REQUIRE_AWS_TOOLS === "1") {
  describe("SQS, as boto3 finds it", () => queueCases(botoClient));
}
