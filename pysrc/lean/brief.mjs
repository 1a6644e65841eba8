/** Errors in a line: Node.js would print the source line of one, which is all of Pyodide. */
process.on('uncaughtException', ({ message }) => {
  console.error(message.trim().split('\n').at(-1));
  process.exit(1);
});
