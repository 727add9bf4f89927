/** What `deno task repl` evaluates: puts every export of dinograd into the global scope, beside `dinograd` itself. */
const dinograd = await import(`${Deno.cwd()}/mod.ts`);
Object.assign(globalThis, dinograd, { dinograd });
console.log(`dinograd: try tensor([[1, 2], [3, 4]]).matmul(ones([2, 2])).  ${dinograd.backend()}`);
