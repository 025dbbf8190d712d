import { expect, test } from 'vitest'
import { circlesIn } from './circles.ts'

const graph = (edges: Readonly<Record<string, string>>) =>
  new Map(Object.entries(edges).map(([from, to]) => [from, new Set(to)]))

test.each([
  ['a line', { a: 'b', b: 'c', c: '' }, []],
  ['two ways to one node', { a: 'bc', b: 'd', c: 'd', d: '' }, []],
  ['a node that imports itself', { a: 'a' }, [['a']]],
  ['a pair', { a: 'b', b: 'a' }, [['a', 'b']]],
  ['a circle of three behind a line', { x: 'c', c: 'b', b: 'a', a: 'c' }, [['a', 'b', 'c']]],
  [
    'two circles connected by one arrow',
    { a: 'b', b: 'ac', c: 'd', d: 'c' },
    [
      ['c', 'd'],
      ['a', 'b'],
    ],
  ],
])('%s', (_, edges, circles) => {
  expect(circlesIn(graph(edges as Record<string, string>))).toEqual(circles)
})
