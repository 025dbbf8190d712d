/**
 * Version of the formats that results are written in: result, diff, explain,
 * matrix and review. It rises with every change of them.
 *
 * 2: `tested` names the folders of scripts and the interfaces of another machine.
 */
export const RESULT_VERSION = 2

/** Results of these versions are read. Fields that an older version did not have are absent. */
export const READABLE_VERSIONS = [1, RESULT_VERSION] as const
