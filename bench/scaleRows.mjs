// The figures of the bench at scale as lines of a table, beside their limits.
const flatMb = 150
const itemsASecond = 10_000
const timesAiSdk = 2

const number = (value) => Math.round(value).toLocaleString('en')
const speed = (value) => (value === null ? 'did not run' : `${number(value)} items/s`)
const megabytes = (value) => (value === null ? '-' : `${value.toFixed(0)} MB`)
const milliseconds = (value) => (value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(0)} ms`)
const kept = (isKept) => (isKept ? 'kept' : 'MISSED')

export function runRows(name, { speed: rowsASecond, seconds, idle, memory, journalMb, resumed }) {
  const isHttp = name.includes('server')
  const shares = memory.parts.map(({ end, over }) => `${end * 100} %: ${megabytes(over)}`)
  const rows = [
    [
      name,
      `${number(rowsASecond)} rows/s`,
      isHttp ? `>= ${number(itemsASecond)}` : '',
      isHttp ? kept(rowsASecond >= itemsASecond) : '',
      `${seconds.toFixed(0)} s in all; journal ${megabytes(journalMb)}`,
    ],
    [
      '  memory over idle, at its highest',
      megabytes(memory.peak),
      `<= ${flatMb} MB`,
      kept(memory.peak <= flatMb),
      `in the tenth before ${shares.join(', ')}; idle ${megabytes(idle)}`,
    ],
  ]
  if (!resumed) return rows
  const { untilFirst, untilEnd, peakOverIdle } = resumed
  const beside = `killed after ${number(resumed.rows)} rows; the rest after ${untilEnd.toFixed(1)} s; ${megabytes(peakOverIdle)} over idle`
  return [...rows, ['  resumed: until the first new item', milliseconds(untilFirst * 1000), '', '', beside]]
}

export function openingRows({ kept: again, first }) {
  const steps = [
    ['firstPage', 'results opened: first page'],
    ['middle', '  then the middle'],
    ['summary', '  then the figures and charts'],
    ['sortedByScore', '  then sorted by score'],
    ['sortedByScoreMiddle', '  then the middle of that'],
    ['filtered', '  then filtered'],
    ['sortedById', '  then sorted by id'],
  ]
  const beside = (step) => (first ? `nothing kept beside the journal: ${milliseconds(first.steps[step])}` : '')
  const rows = steps.map(([step, name]) => [name, milliseconds(again.steps[step]), '', '', beside(step)])
  const peaks = [
    ['  memory over idle, at its highest', 'peak'],
    ['  the same, sorted by id', 'peakById'],
  ].map(([name, figure]) => [
    name,
    megabytes(again[figure]),
    `<= ${flatMb} MB`,
    kept(again[figure] <= flatMb),
    `${first ? `nothing kept: ${megabytes(first[figure])}; ` : ''}columns on disk ${megabytes(again.columnsMb)}`,
  ])
  return [...rows, ...peaks]
}

export function peerRows({ speeds }) {
  return Object.entries(speeds)
    .flatMap(([itemsPerCall, { ours, ...others }]) => {
      const calls = itemsPerCall === '1' ? '1 item a call' : `${itemsPerCall} items a call`
      const beside = Object.entries(others).map(
        ([name, other]) => `${name}: ${speed(other)}${other === null ? '' : ` (ours ${(ours / other).toFixed(1)}x)`}`,
      )
      return [[`beside others, ${calls}`, speed(ours), '', '', beside.join('\n')]]
    })
    .concat(againstItemByItem(speeds))
}

/** What the limit says: our run as it is by default beside the SDK as its documentation has it. */
function againstItemByItem(speeds) {
  const single = speeds[1]?.['ai SDK']
  if (!single || !speeds[5]) return []
  const ratio = speeds[5].ours / single
  return [
    [
      '5 a call, to the ai SDK item by item',
      `${ratio.toFixed(1)}x`,
      `>= ${timesAiSdk}x`,
      kept(ratio >= timesAiSdk),
      '',
    ],
  ]
}
