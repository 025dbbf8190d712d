/** The folder of results, relative to the working directory, unless --out names another one. */
export const RESULTS = 'results/runs'
