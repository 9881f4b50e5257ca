/** Names every skipped test at the end of a run: a test that did not run must not look like one that passed. */
export default class SkipReporter {
  onRunComplete(_contexts, results) {
    const skipped = results.testResults.flatMap((file) =>
      file.testResults
        .filter((test) => test.status === "pending" || test.status === "todo")
        .map((test) => test.fullName),
    );
    if (skipped.length === 0) return;
    process.stderr.write(`\nSKIPPED ${skipped.length} test(s), nothing was checked by them:\n`);
    for (const name of skipped) process.stderr.write(`  - ${name}\n`);
  }
}
