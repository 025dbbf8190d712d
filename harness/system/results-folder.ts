/** Where results are kept, from the working directory, unless --out says otherwise. */
export const RESULTS = 'results/runs'
