export const settled: number = await new Promise((resolve) => setImmediate(() => resolve(12)));
