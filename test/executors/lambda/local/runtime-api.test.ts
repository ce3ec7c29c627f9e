import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RuntimeApi } from "../../../../src/executors/lambda/local/runtime-api.ts";

const BASE = "/2018-06-01/runtime";
let api: RuntimeApi;
let socket: Socket;
let events: string[];
let received: string;

beforeEach(async () => {
  // A connection of the test before may close while this one runs: it must not write here.
  const own: string[] = [];
  events = own;
  received = "";
  const address = await new Promise<string>((resolve) => {
    api = new RuntimeApi(
      {
        next: () => own.push("next"),
        accepts: (id) => id === "known",
        response: (body, bytes, failed) =>
          own.push(`${failed ? "error" : "response"} ${body.subarray(0, 20)} ${bytes}`),
        initError: (body) => own.push(`init ${body}`),
        closed: () => own.push("closed"),
      },
      resolve,
    );
  });
  const [host, port] = address.split(":");
  socket = connect(Number(port), host).setEncoding("latin1");
  socket.on("data", (text) => {
    received += text;
  });
});

afterEach(() => {
  socket.destroy();
  api.close();
});

const post = (path: string, body: string) =>
  `POST ${BASE}${path} HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const next = `GET ${BASE}/invocation/next HTTP/1.1\r\n\r\n`;
const invocation = { id: "known", payload: Buffer.from("{}"), wantsLog: false, finish: () => {} };

test("the acknowledgement of a response leaves with the next invocation when that was asked for in one go", async () => {
  socket.write(post("/invocation/known/response", "[1,2]") + next);
  await expect.poll(() => events).toEqual(["response [1,2] 5", "next"]);
  expect(received).toBe("");
  api.send(invocation, "arn:of:it", 123);
  await expect
    .poll(() => received)
    .toMatch(/^HTTP\/1\.1 202 Accepted\r\nContent-Length: 0\r\n\r\nHTTP\/1\.1 200 OK\r\n.*\r\n\r\n\{\}$/s);
  expect(received).toContain("Lambda-Runtime-Aws-Request-Id: known\r\n");
  expect(received).toContain("Lambda-Runtime-Deadline-Ms: 123\r\n");
  expect(received).toContain("Lambda-Runtime-Invoked-Function-Arn: arn:of:it\r\n");
});

test("a client that does not pipeline is acknowledged at once", async () => {
  socket.write(post("/invocation/known/error", "{}"));
  await expect.poll(() => received).toBe("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
  expect(events).toEqual(["error {} 2"]);
});

test("a response to an unknown invocation, and an unknown path, are refused", async () => {
  socket.write(`${post("/invocation/other/response", "1")}GET /else HTTP/1.1\r\n\r\n`);
  await expect.poll(() => received).toMatch(/400 Bad Request.*InvalidRequestID.*404 Not Found/s);
  expect(events).toEqual([]);
});

test("a response that is too large is cut, counted and refused", async () => {
  socket.write(post("/invocation/known/response", "z".repeat(6_291_557)));
  await expect.poll(() => received).toContain("413");
  expect(events).toEqual([`response ${"z".repeat(20)} 6291557`]);
});

test("what is not HTTP ends the connection", async () => {
  socket.write("hello\r\nthere\r\n\r\n");
  await expect.poll(() => events).toEqual(["closed"]);
});
