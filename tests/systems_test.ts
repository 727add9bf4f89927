/** The quick example systems reach their figures; `deno task systems` runs all. */
import { assert, assertEquals } from "@std/assert";
import { findExamples, quickOnes, runExample } from "./systems.ts";

const isOneEngine = Deno.env.get("DINOGRAD_ENGINE") === undefined; // an example chooses its engine itself

for (const example of quickOnes(await findExamples())) {
  Deno.test({
    name: `${example.path} reaches its figures`,
    ignore: !isOneEngine,
    async fn() {
      const { code, results, output } = await runExample(example);
      const missing = /Cannot load [^\n]*(?:deno cache|apt-get install) [^\n]*/.exec(output);
      if (missing) return console.log(`not run: ${missing[0]}`); // a machine without a network may lack the data
      assertEquals(code, 0, output);
      assert(results.length > 0, `it checks nothing:\n${output}`);
    },
  });
}
