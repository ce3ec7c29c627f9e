import fc from "fast-check";
import { expect, test } from "vitest";
import { HttpMessageParser } from "../../../../src/executors/lambda/local/http-message.ts";

const bodies = fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 6 });

test("messages come out whole and in order, wherever the stream is cut", () => {
  fc.assert(
    fc.property(bodies, fc.array(fc.nat(1_500), { maxLength: 20 }), (sent, cuts) => {
      const stream = Buffer.concat(
        sent.flatMap((body, i) => [Buffer.from(`POST /${i} HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n`), body]),
      );
      const received: Array<[string, number[]]> = [];
      const parser = new HttpMessageParser(({ startLine, body }) => received.push([startLine, [...body]]));
      const ends = [...cuts.map((cut) => Math.min(cut, stream.length)), stream.length].sort((a, b) => a - b);
      let from = 0;
      for (const end of ends) {
        // A socket hands out its buffer: later pieces may come at another place, and no byte may be read after push has returned.
        const piece = Buffer.from(stream.subarray(from, end));
        parser.push(piece);
        from = end;
      }
      expect(received).toEqual(sent.map((body, i) => [`POST /${i} HTTP/1.1`, [...body]]));
    }),
  );
});
