/** What a person sees after text was written to a terminal: carriage return, line feed, erase-to-end and colours. */
export function renderScreen(output: string): string[] {
  const lines: string[][] = [[]];
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what a terminal reads
  for (const [token] of output.matchAll(/\x1b\[[0-9;?]*[A-Za-z]|./gsu)) {
    const line = lines[lines.length - 1];
    if (token === "\r") column = 0;
    else if (token === "\n") {
      lines.push([]);
      column = 0;
    } else if (token === "\x1b[K") line.length = column;
    else if (token.startsWith("\x1b")) {
      if (!token.endsWith("m")) throw new Error(`the terminal does not know ${JSON.stringify(token)}`);
    } else line[column++] = token;
  }
  return lines.map((line) => line.join(""));
}
