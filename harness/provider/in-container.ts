export const inContainer = async (
  _image: boolean | string,
  _args: readonly string[],
): Promise<number> => 3
