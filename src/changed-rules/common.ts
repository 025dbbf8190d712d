/** The name of the element that represents the common elements of two sets with one name. */
export const COMMON = 'elements of both'
