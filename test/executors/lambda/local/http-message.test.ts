import { describe, expect, test } from "vitest";
import { type HttpMessage, HttpMessageParser } from "../../../../src/executors/lambda/local/http-message.ts";

function parse(pieces: readonly (string | Buffer)[], maxBodyBytes?: number): HttpMessage[] {
  const messages: HttpMessage[] = [];
  const parser = new HttpMessageParser((message) => messages.push(message), maxBodyBytes);
  for (const piece of pieces) parser.push(Buffer.from(piece));
  return messages;
}

describe("HttpMessageParser", () => {
  test("reads start line, headers by lower-case name, and body", () => {
    const [message, ...others] = parse(["POST /a HTTP/1.1\r\nX-Name:  a: b \r\nContent-Length: 3\r\n\r\nabc"]);
    expect(others).toEqual([]);
    expect(message.startLine).toBe("POST /a HTTP/1.1");
    expect([...message.headers]).toEqual([
      ["x-name", "a: b"],
      ["content-length", "3"],
    ]);
    expect(message.body.toString()).toBe("abc");
    expect(message.bodyBytes).toBe(3);
  });

  test("takes a request that was pipelined behind a body, and only then", () => {
    const head = "POST /r HTTP/1.1\r\nContent-Length: 10\r\n\r\n";
    expect(parse([`${head}12345`, "6789"])).toEqual([]);
    const both = parse([`${head}12345`, "67890GET /next HTTP/1.1\r\n\r\n"]);
    expect(both.map(({ startLine, body }) => [startLine, body.toString()])).toEqual([
      ["POST /r HTTP/1.1", "1234567890"],
      ["GET /next HTTP/1.1", ""],
    ]);
  });

  test("cuts a long body, counts it whole, and is in step afterwards", () => {
    const text = `A / HTTP/1.1\r\nContent-Length: 10\r\n\r\n0123456789B / HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd`;
    for (const pieces of [[text], text.split("")]) {
      const messages = parse(pieces, 4);
      expect(messages.map(({ body, bodyBytes }) => [body.toString(), bodyBytes])).toEqual([
        ["0123", 10],
        ["abcd", 4],
      ]);
    }
  });

  test("refuses what it can't follow", () => {
    expect(() => parse(["POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"])).toThrow(/content-length/);
    expect(() => parse(["POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"])).toThrow(/"-1"/);
    expect(() => parse(["POST / HTTP/1.1\r\nnonsense\r\n\r\n"])).toThrow(/not an HTTP header: "nonsense"/);
    expect(() => parse(["x".repeat(70_000)])).toThrow(/head of more than 65536 bytes/);
  });
});
