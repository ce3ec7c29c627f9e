import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PROTOCOL_VERSION } from "../../../src/worker/protocol.ts";
import { type Diagnosis, diagnose, fanopt } from "./command-line.ts";
import {
  evaluator,
  give,
  hang,
  quotas,
  refuse,
  refuseObject,
  type Script,
  ScriptedAws,
  settings,
} from "./scripted-aws.ts";

const credentials = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE1WXYZ", AWS_SECRET_ACCESS_KEY: "never-to-be-shown" };
const account = { ...credentials, AWS_REGION: "eu-central-1", FANOPT_FUNCTION: "evaluator" };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fanopt-cli-"));
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));

/** The doctor with an account that answers as scripted. */
async function examine(
  script: Script,
  args: readonly string[] = [],
  variables: Readonly<Record<string, string>> = {},
): Promise<Diagnosis> {
  await using aws = await ScriptedAws.start(script);
  return await diagnose(["--endpoint", aws.endpoint, ...args], folder, { ...account, ...variables });
}

describe("a healthy account", () => {
  it("passes every check, and changes nothing", async () => {
    await using aws = await ScriptedAws.start();
    await aws.createHistoryTable("history");
    const variables = { ...account, FANOPT_TABLE: "history", FANOPT_ARTIFACTS: "artifacts-of-mine" };
    const { exitCode, passed, checks, statuses, output } = await diagnose(
      ["--endpoint", aws.endpoint],
      folder,
      variables,
    );
    expect(statuses).toEqual([
      "Node.js passed",
      "credentials passed",
      "region passed",
      "function passed",
      "settings passed",
      "quota passed",
      "invocation passed",
      "table passed",
      "artifacts passed",
    ]);
    expect({ exitCode, passed }).toEqual({ exitCode: 0, passed: true });
    expect(checks.get("credentials")?.detail).toBe("key …WXYZ from the environment");
    expect(output).not.toContain(credentials.AWS_SECRET_ACCESS_KEY);
    expect(output).not.toContain(credentials.AWS_ACCESS_KEY_ID);
    expect(checks.get("region")?.detail).toBe("eu-central-1 (from AWS_REGION)");
    expect(checks.get("function")?.detail).toBe("evaluator (from FANOPT_FUNCTION)");
    expect(checks.get("settings")?.detail).toBe("nodejs24.x, arm64, 1769 MB, 900 s, Active, updated 2026-11-02");
    expect(checks.get("invocation")?.detail).toMatch(/^cold \d+ ms, then warm \d+ ms; fanopt \d/);
    expect(checks.get("table")?.detail).toContain(
      "history (from FANOPT_TABLE): read and write allowed, on demand, active",
    );
    expect(checks.get("artifacts")?.detail).toBe(
      "bucket artifacts-of-mine (from FANOPT_ARTIFACTS): read and write allowed",
    );
    expect(await aws.countItems("history")).toBe(0);
    expect(aws.objects.size).toBe(0);
    // The probe's two evaluations and an object that comes and goes, and nothing else that could change something.
    const changing = aws.operations.filter((name) => !/^(Get|Describe|Head|Scan|CreateTable|PutItem)/.test(name));
    expect(changing.sort()).toEqual(["DeleteObject", "Invoke", "Invoke", "PutObject"]);
  });

  it("needs neither a table nor a bucket", async () => {
    const { exitCode, checks } = await examine({});
    expect(exitCode).toBe(0);
    expect(checks.get("table")).toMatchObject({ status: "skipped", remedy: expect.stringContaining("FANOPT_TABLE") });
    expect(checks.get("artifacts")?.status).toBe("skipped");
  });

  it("takes names from .sst/outputs.json, and options before all else", async () => {
    await mkdir(join(folder, ".sst"));
    const outputs = join(folder, ".sst", "outputs.json");
    await writeFile(outputs, JSON.stringify({ evaluator: "deployed", table: "deployed-table" }));
    const { FANOPT_FUNCTION: _, ...unnamed } = account;
    await using aws = await ScriptedAws.start();
    const found = await diagnose(["--endpoint", aws.endpoint], folder, unnamed);
    expect(found.checks.get("function")?.detail).toMatch(/^deployed \(from .*outputs\.json\)$/);
    expect(found.checks.get("table")?.detail).toContain("deployed-table");
    const told = await diagnose(
      ["--endpoint", aws.endpoint, "--function", "mine", "--region", "us-west-2", "--table", "my-table"],
      folder,
      unnamed,
    );
    expect(told.checks.get("function")?.detail).toBe("mine (from --function)");
    expect(told.checks.get("region")?.detail).toBe("us-west-2 (from --region)");
    expect(told.checks.get("table")?.detail).toContain("my-table (from --table)");
  });

  it("is examined also where drivers use the embedded Lambda, and that is told", async () => {
    await using aws = await ScriptedAws.start();
    const { checks } = await diagnose(["--endpoint", aws.endpoint], folder, { ...account, FANOPT_LAMBDA: "local" });
    expect(checks.get("function")).toMatchObject({
      status: "passed",
      remedy: expect.stringContaining("FANOPT_LAMBDA=local"),
    });
    expect(checks.get("invocation")?.status).toBe("passed");
    expect(aws.operations).toContain("Invoke");
  });

  it("is told in lines without colours to a pipe", async () => {
    await using aws = await ScriptedAws.start({ GetAccountSettings: quotas(10, 10) });
    const { exitCode, stdout } = await fanopt(["doctor", "--endpoint", aws.endpoint], folder, account);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^✓ Node\.js {6}\d/m);
    expect(stdout).toMatch(/^✓ quota .*\n {15}→ At most 10 points/m);
    expect(stdout).toMatch(/^– table /m);
    expect(stdout).toMatch(/\n7 passed, 0 failed, 2 not checked\.\n$/);
    expect(stdout).not.toContain("\u001b");
  });
});

describe("credentials, region and name", () => {
  it("are missed each with its remedy, and what needs them is not checked", async () => {
    const { exitCode, passed, checks, statuses } = await diagnose([], folder);
    expect({ exitCode, passed }).toEqual({ exitCode: 1, passed: false });
    expect(statuses).toEqual([
      "Node.js passed",
      "credentials failed",
      "region failed",
      "function failed",
      "settings skipped",
      "quota skipped",
      "invocation skipped",
      "table skipped",
      "artifacts skipped",
    ]);
    expect(checks.get("credentials")?.remedy).toMatch(/aws sso login.*AWS_PROFILE.*AWS_ACCESS_KEY_ID/s);
    expect(checks.get("region")?.remedy).toMatch(/AWS_REGION=.*--region/);
    expect(checks.get("function")?.detail).toBe("No Lambda function is known to evaluate with.");
    expect(checks.get("function")?.remedy).toMatch(/npx sst deploy.*FANOPT_FUNCTION=/s);
    expect(checks.get("quota")?.detail).toBe('not checked, because "credentials" failed');
  });

  it("says that AWS_DEFAULT_REGION is not read", async () => {
    const { checks } = await diagnose([], folder, { ...credentials, AWS_DEFAULT_REGION: "eu-west-3" });
    expect(checks.get("region")?.detail).toContain("AWS_DEFAULT_REGION=eu-west-3 is set");
    expect(checks.get("region")?.remedy).toContain("AWS_REGION=eu-west-3");
  });

  it("reads profiles, and names the one it used", async () => {
    await mkdir(join(folder, ".aws"));
    await writeFile(
      join(folder, ".aws", "credentials"),
      "[work]\naws_access_key_id = AKIAEXAMPLE1PROF\naws_secret_access_key = never-to-be-shown\n",
    );
    await writeFile(join(folder, ".aws", "config"), "[profile work]\nregion = eu-north-1\n");
    await using aws = await ScriptedAws.start();
    const variables = { AWS_PROFILE: "work", FANOPT_FUNCTION: "evaluator" };
    const { checks } = await diagnose(["--endpoint", aws.endpoint], folder, variables);
    expect(checks.get("credentials")?.detail).toBe("key …PROF from the profile work");
    expect(checks.get("region")?.detail).toBe("eu-north-1 (from the profile work)");
  });

  it.each([
    ["passed", 30, /They expire within the hour/],
    ["passed", 300, /^$/],
    ["failed", -1, /aws sso login/],
  ])("%s with %i minutes left", async (status, minutes, remedy) => {
    const expiration = new Date(Date.now() + minutes * 60_000 + 1_000).toISOString();
    const { checks } = await examine({}, [], { AWS_SESSION_TOKEN: "token", AWS_CREDENTIAL_EXPIRATION: expiration });
    expect(checks.get("credentials")?.status).toBe(status);
    expect(checks.get("credentials")?.remedy ?? "").toMatch(remedy);
  });

  it("misses the token of a temporary key", async () => {
    const { checks } = await examine({}, [], { AWS_ACCESS_KEY_ID: "ASIAEXAMPLE1WXYZ" });
    expect(checks.get("credentials")).toMatchObject({
      status: "failed",
      remedy: expect.stringContaining("AWS_SESSION_TOKEN"),
    });
  });

  it("says what is wrong with a damaged outputs.json", async () => {
    await mkdir(join(folder, ".sst"));
    await writeFile(join(folder, ".sst", "outputs.json"), "{");
    const { exitCode, checks } = await diagnose([], folder, credentials);
    expect(exitCode).toBe(1);
    expect(checks.get("function")?.detail).toMatch(/outputs\.json is not JSON/);
    expect(checks.get("function")?.remedy).toContain("npx sst deploy");
  });

  it.each([
    ["ExpiredTokenException", "The security token included in the request is expired", /aws sso login/],
    ["InvalidSignatureException", "Signature expired: 20261123T000000Z is now earlier than …", /clock/],
  ])("AWS refuses them: %s", async (type, message, remedy) => {
    const denied = refuse(403, type, message);
    const { exitCode, checks } = await examine({ GetFunctionConfiguration: denied, Invoke: denied });
    expect(exitCode).toBe(1);
    expect(checks.get("settings")).toMatchObject({ status: "failed", remedy: expect.stringMatching(remedy) });
    expect(checks.get("invocation")?.status).toBe("skipped");
  });
});

describe("the function", () => {
  it("is not there", async () => {
    const { exitCode, checks } = await examine({
      GetFunctionConfiguration: refuse(404, "ResourceNotFoundException", "Function not found: evaluator"),
    });
    expect(exitCode).toBe(1);
    expect(checks.get("settings")?.detail).toContain("there is no function evaluator in eu-central-1");
    expect(checks.get("settings")?.remedy).toContain("npx sst deploy");
    expect(checks.get("invocation")?.detail).toBe('not checked, because "settings" failed');
  });

  it("may be invoked without its settings and the quota being read", async () => {
    const denied = refuse(403, "AccessDeniedException", "User … is not authorized to perform: lambda:Get…");
    const { exitCode, checks } = await examine({
      GetFunctionConfiguration: denied,
      GetAccountSettings: denied,
      GetFunctionConcurrency: denied,
    });
    expect(exitCode).toBe(0);
    expect(checks.get("settings")).toMatchObject({
      status: "skipped",
      detail: expect.stringContaining("lambda:GetFunctionConfiguration is denied"),
    });
    expect(checks.get("quota")).toMatchObject({
      status: "skipped",
      detail: expect.stringContaining("lambda:GetAccountSettings is denied"),
    });
    expect(checks.get("invocation")?.status).toBe("passed");
  });

  it("is advised about a short timeout and an old runtime", async () => {
    const { exitCode, checks } = await examine({
      GetFunctionConfiguration: settings({ Timeout: 60, Runtime: "nodejs18.x" }),
    });
    expect(exitCode).toBe(0);
    expect(checks.get("settings")?.remedy).toMatch(/more than 60 s are ended.*900 s.*nodejs18\.x/s);
  });

  it("has failed to deploy", async () => {
    const { checks } = await examine({
      GetFunctionConfiguration: settings({ State: "Failed", StateReason: "The image is gone" }),
    });
    expect(checks.get("settings")).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("The image is gone"),
    });
  });

  it("is named by an ARN of another region", async () => {
    const arn = "arn:aws:lambda:us-east-1:123456789012:function:evaluator";
    const { checks } = await examine({}, ["--function", arn]);
    expect(checks.get("settings")).toMatchObject({
      status: "failed",
      remedy: expect.stringContaining("AWS_REGION=us-east-1"),
    });
  });

  it("speaks an older protocol", async () => {
    const older = { protocol: PROTOCOL_VERSION - 1, version: "0.0.9", worker: "w", invocation: 1, kind: "mismatch" };
    const { exitCode, checks } = await examine({ Invoke: give(older) });
    expect(exitCode).toBe(1);
    expect(checks.get("invocation")?.detail).toMatch(/runs fanopt 0\.0\.9 with protocol/);
    expect(checks.get("invocation")?.remedy).toContain("npx sst deploy");
  });

  it("is another version with the same protocol", async () => {
    const { checks } = await examine({ Invoke: evaluator({}, { version: "0.0.9" }) });
    expect(checks.get("invocation")).toMatchObject({
      status: "passed",
      detail: expect.stringContaining("fanopt 0.0.9"),
      remedy: expect.stringContaining("npx sst deploy"),
    });
  });

  it("is no evaluator", async () => {
    const { checks } = await examine({ Invoke: give("hello") });
    expect(checks.get("invocation")).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("not fanopt's evaluator"),
      remedy: expect.stringContaining("FANOPT_FUNCTION"),
    });
  });

  it("may not be invoked", async () => {
    const { checks } = await examine({ Invoke: refuse(403, "AccessDeniedException") });
    expect(checks.get("invocation")?.remedy).toContain("lambda:InvokeFunction");
  });

  it("evaluates pinned artifacts only: it answered, but not the probe", async () => {
    const { exitCode, checks } = await examine({ Invoke: evaluator({ allowedArtifacts: "0".repeat(64) }) });
    expect(exitCode).toBe(0);
    expect(checks.get("invocation")).toMatchObject({
      status: "skipped",
      detail: expect.stringContaining("FANOPT_ALLOWED_ARTIFACTS"),
    });
  });

  it("is stopped by a reserved concurrency of 0", async () => {
    const { checks } = await examine({ GetFunctionConcurrency: give({ ReservedConcurrentExecutions: 0 }) });
    expect(checks.get("quota")).toMatchObject({ status: "failed", detail: expect.stringContaining("throttled") });
  });

  it("runs in an account with little concurrency", async () => {
    const { checks } = await examine({ GetAccountSettings: quotas(50, 40) });
    expect(checks.get("quota")?.detail).toBe("50 concurrent executions in the region, 40 of them unreserved");
    expect(checks.get("quota")?.remedy).toContain("maxConcurrency: 40");
  });
});

describe("the network", () => {
  it("hangs: each check ends, with its remedy", async () => {
    const { exitCode, checks } = await examine({ GetFunctionConfiguration: hang, DescribeTable: hang }, [
      "--timeout",
      "5",
      "--table",
      "history",
    ]);
    expect(exitCode).toBe(1);
    for (const name of ["settings", "table"])
      expect(checks.get(name)).toMatchObject({
        status: "failed",
        detail: "no answer within 5 s",
        remedy: expect.stringContaining("endpoint"),
      });
    expect(checks.get("invocation")?.status).toBe("skipped");
  });

  it("hangs at the invocation", async () => {
    const { exitCode, checks } = await examine({ Invoke: hang }, ["--timeout", "5"]);
    expect(exitCode).toBe(1);
    expect(checks.get("invocation")?.status).toBe("failed");
    expect(checks.get("invocation")?.remedy).not.toBe("");
  });

  it("has nobody at the endpoint", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { checks } = await diagnose(["--endpoint", `http://127.0.0.1:${port}`], folder, account);
    expect(checks.get("settings")).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("ECONNREFUSED"),
      remedy: expect.stringContaining("--endpoint"),
    });
  });
});

describe("table and bucket", () => {
  it("there is no such table", async () => {
    const { exitCode, checks } = await examine({}, ["--table", "history"]);
    expect(exitCode).toBe(1);
    expect(checks.get("table")?.detail).toContain("there is no table history");
    expect(checks.get("table")?.remedy).toContain("npx sst deploy");
  });

  it("the table has other keys", async () => {
    await using aws = await ScriptedAws.start();
    await aws.createOtherTable("users");
    const { checks } = await diagnose(["--endpoint", aws.endpoint, "--table", "users"], folder, account);
    expect(checks.get("table")?.status).toBe("failed");
    expect(checks.get("table")?.detail).toContain("has the keys id (HASH N); expected pk (HASH S), sk (RANGE S)");
  });

  it.each(["GetItem", "PutItem"])("%s is denied", async (operation) => {
    const message = `User … is not authorized to perform: dynamodb:${operation}`;
    await using aws = await ScriptedAws.start({ [operation]: refuse(400, "AccessDeniedException", message) });
    await aws.createHistoryTable("history");
    const { checks } = await diagnose(["--endpoint", aws.endpoint, "--table", "history"], folder, account);
    expect(checks.get("table")).toMatchObject({ status: "failed", detail: expect.stringContaining(message) });
    expect(checks.get("table")?.remedy).toContain("allow");
  });

  it("the table is not described, but used", async () => {
    await using aws = await ScriptedAws.start();
    await aws.createHistoryTable("history");
    await using narrow = await ScriptedAws.start({
      DescribeTable: refuse(400, "AccessDeniedException"),
      GetItem: give({}),
      PutItem: refuse(400, "ConditionalCheckFailedException"),
      DescribeContinuousBackups: give({
        ContinuousBackupsDescription: {
          ContinuousBackupsStatus: "ENABLED",
          PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: "DISABLED" },
        },
      }),
    });
    const { checks } = await diagnose(["--endpoint", narrow.endpoint, "--table", "history"], folder, account);
    expect(checks.get("table")).toMatchObject({
      status: "passed",
      detail:
        "history (from --table): read and write allowed, dynamodb:DescribeTable is denied, point-in-time recovery off",
      remedy: expect.stringContaining("turn it on"),
    });
  });

  const withBucket = { FANOPT_ARTIFACTS: "artifacts-of-mine" };

  it.each([
    [404, /there is no bucket/],
    [301, /is not in eu-central-1/],
  ])("the bucket answers %i", async (status, detail) => {
    const answer: Script = { HeadBucket: ({ response }) => void response.writeHead(status).end() };
    const { checks } = await examine(answer, [], withBucket);
    expect(checks.get("artifacts")).toMatchObject({ status: "failed", detail: expect.stringMatching(detail) });
  });

  it("the bucket may not be listed, but used: that is what drivers need", async () => {
    const { checks } = await examine(
      { HeadBucket: ({ response }) => void response.writeHead(403).end() },
      [],
      withBucket,
    );
    expect(checks.get("artifacts")).toMatchObject({ status: "passed", remedy: null });
  });

  it.each(["PutObject", "GetObject"])("s3:%s is denied: a failure, with what it leads to", async (operation) => {
    const script = { [operation]: refuseObject(403, "AccessDenied") };
    await using aws = await ScriptedAws.start(script);
    const variables = { ...account, ...withBucket };
    const { exitCode, checks } = await diagnose(["--endpoint", aws.endpoint], folder, variables);
    expect(exitCode).toBe(1);
    expect(checks.get("artifacts")).toMatchObject({
      status: "failed",
      detail: expect.stringContaining(`s3:${operation} on artifacts/* is denied`),
      remedy: expect.stringMatching(/s3:PutObject and s3:GetObject.*above 6 MB/),
    });
    expect(aws.objects.size).toBe(0);
  });

  it("the object that was tried may stay: it is named as artifacts are, and expires as they do", async () => {
    await using aws = await ScriptedAws.start({ DeleteObject: refuseObject(403, "AccessDenied") });
    const variables = { ...account, ...withBucket };
    const { checks } = await diagnose(["--endpoint", aws.endpoint], folder, variables);
    expect(checks.get("artifacts")?.status).toBe("passed");
    const [[key, content]] = aws.objects;
    expect(key).toBe(`artifacts/${createHash("sha256").update(content).digest("hex")}`);
    expect(content.length).toBeLessThan(100);
  });

  it("there is no bucket where it may not be looked for", async () => {
    const script: Script = {
      HeadBucket: ({ response }) => void response.writeHead(403).end(),
      PutObject: refuseObject(404, "NoSuchBucket"),
    };
    const { checks } = await examine(script, [], withBucket);
    expect(checks.get("artifacts")?.detail).toContain("there is no bucket");
  });

  it("something else answers in the bucket's place", async () => {
    const { checks } = await examine({ GetObject: give("hello") }, [], withBucket);
    expect(checks.get("artifacts")).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("something else"),
    });
  });
});
