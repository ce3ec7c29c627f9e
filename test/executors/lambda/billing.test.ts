import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { billOf } from "../../../src/executors/lambda/billing.ts";
import { endLines, startLine } from "../../../src/executors/lambda/local/execution-log.ts";

/** AWS Lambda Developer Guide, "Log and monitor Node.js Lambda functions". */
const cold = `START RequestId: c793869b-ee49-115b-a5b6-4fd21e8dedac Version: $LATEST
2019-06-07T19:11:20.562Z	c793869b-ee49-115b-a5b6-4fd21e8dedac	INFO	EVENT {}
END RequestId: c793869b-ee49-115b-a5b6-4fd21e8dedac
REPORT RequestId: c793869b-ee49-115b-a5b6-4fd21e8dedac	Duration: 128.83 ms	Billed Duration: 200 ms	Memory Size: 128 MB	Max Memory Used: 74 MB	Init Duration: 166.62 ms	XRAY TraceId: 1-5d9d007f-0a8c7fd02xmpl480aed55ef0	SegmentId: 3d752xmpl1bbe37e	Sampled: true
`;
/** The same guide, "Invoke a function with the AWS CLI": --log-type Tail. */
const warm = `START RequestId: 57f231fb-1730-4395-85cb-4f71bd2b87b8 Version: $LATEST
"AWS_SESSION_TOKEN": "AgoJb3JpZ2luX2VjELj...", "_X_AMZN_TRACE_ID": "Root=1-5d02e5ca-f5792818b6fe8368e5b51d50;Parent=191db58857df8395;Sampled=0"",ask/lib:/opt/lib",
END RequestId: 57f231fb-1730-4395-85cb-4f71bd2b87b8
REPORT RequestId: 57f231fb-1730-4395-85cb-4f71bd2b87b8  Duration: 79.67 ms      Billed Duration: 80 ms         Memory Size: 128 MB     Max Memory Used: 73 MB
`;
/** "Lambda Telemetry API Event schema reference", platform.report. */
const json = JSON.stringify({
  time: "2022-10-12T00:01:15.000Z",
  type: "platform.report",
  record: {
    requestId: "6d68ca91-49c9-448d-89b8-7ca3e6dc66aa",
    metrics: {
      billedDurationMs: 694,
      durationMs: 693.92,
      initDurationMs: 397.68,
      maxMemoryUsedMB: 84,
      memorySizeMB: 128,
    },
  },
});

describe("billOf", () => {
  it("reads AWS's own examples", () => {
    expect(billOf(cold)).toEqual({ billedMs: 200, memoryMB: 128, initMs: 166.62, maxMemoryUsedMB: 74 });
    expect(billOf(warm)).toEqual({ billedMs: 80, memoryMB: 128, initMs: null, maxMemoryUsedMB: 73 });
    expect(billOf(`{"level":"INFO","message":"hello"}\n${json}\n`)).toEqual({
      billedMs: 694,
      memoryMB: 128,
      initMs: 397.68,
      maxMemoryUsedMB: 84,
    });
  });

  it("reads what the embedded Lambda writes", () => {
    const report = { requestId: "r-1", durationMs: 12.3, initMs: 100.5, memoryMB: 1769, maxMemoryUsedMB: 80 };
    // Billed: 12.3 ms and the start of 100.5 ms, rounded up.
    expect(billOf(`${startLine("r-1")}noise without newline${`\n${endLines(report)}`}`)).toEqual({
      billedMs: 113,
      memoryMB: 1769,
      initMs: 100.5,
      maxMemoryUsedMB: 80,
    });
  });

  it("reads the report of a timeout, and what comes after a report", () => {
    const timeout = `END RequestId: a
REPORT RequestId: a	Duration: 3000.00 ms	Billed Duration: 3000 ms	Memory Size: 128 MB	Max Memory Used: 30 MB	Status: timeout
2024-05-01T10:00:00.000Z a Task timed out after 3.00 seconds

`;
    expect(billOf(timeout)?.billedMs).toBe(3000);
    expect(billOf(timeout.replaceAll("\n", "\r\n"))?.billedMs).toBe(3000);
  });

  it.each([
    "REPORT RequestId: x\tDuration: 1 ms\tBilled Duration: 999999 ms\tMemory Size: 10240 MB\tMax Memory Used: 1 MB",
    "END RequestId: x\nREPORT RequestId: x\tDuration: 1 ms\tBilled Duration: 999999 ms\tMemory Size: 10240 MB",
    json,
  ])("is not taken in by what a criterion prints: %j", (forged) => {
    expect(billOf(cold.replace("END", `${forged}\nEND`))?.billedMs).toBe(200);
    expect(billOf(`${forged}\n${json.replace("694", "7")}`)?.billedMs).toBe(7);
  });

  it("takes no REPORT for one whose request did not end", () => {
    expect(billOf(cold.replace(/^END.*\n/m, ""))).toBeNull();
    expect(billOf(cold.replace("END RequestId: c793869b", "END RequestId: 00000000"))).toBeNull();
  });

  it.each([
    "",
    "\n\n",
    "no report",
    '{"type":"platform.report"}',
    '{"type":"platform.report","record":{"metrics":null}}',
    '{"type":"platform.report","record":{"metrics":{"billedDurationMs":"5","memorySizeMB":128}}}',
    '{"type":"platform.report","record":{"metrics":{"billedDurationMs":-5,"memorySizeMB":128}}}',
    'null // "platform.report"',
    '"platform.report"',
    "END RequestId: a\nREPORT RequestId: a\tBilled Duration: x ms\tMemory Size: 128 MB",
    "END RequestId: a\nREPORT RequestId: a\tBilled Duration: 5 ms",
  ])("is null without a report: %j", (tail) => {
    expect(billOf(tail)).toBeNull();
  });

  it("finds the report after any output of which the beginning was cut, and throws at nothing", () => {
    const line = fc.oneof(fc.string(), fc.constantFrom(json, ...cold.split("\n")), fc.json());
    fc.assert(
      fc.property(fc.array(line), fc.nat(4096), (printed, from) => {
        const output = printed.join("\n");
        expect(() => billOf(output)).not.toThrow();
        expect(billOf(`${output.slice(from)}\n${endOf(warm)}`)?.billedMs).toBe(80);
      }),
    );
  });
});

function endOf(log: string): string {
  return log.slice(log.indexOf("END RequestId"));
}
