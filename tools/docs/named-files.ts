/** Files of the project that a page names in its prose: `src/net/prefix.ts`, `tools/corpus/`. */

const FILE = /`((?:\.ci|docs|examples|harness|results|scenarios|schemas|src|tools)\/[\w./-]*)`/g

/** Names with capitals in them stand for any name (`harness/cli/NAME.ts`). */
export const namedFilesIn = (page: string): string[] =>
  [...page.matchAll(FILE)]
    .map(([, path]) => path!)
    .filter(
      (path) => !/[/-][A-Z]+\b/.test(path.replace('README', '')) && !/^results\/runs/.test(path),
    )
