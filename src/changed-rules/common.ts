/** Name of the element that stands for all elements that both sets of a name have. */
export const COMMON = 'elements of both'
