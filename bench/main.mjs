// `npm run bench`: every budget beside its limit. `npm run bench -- --scale`: a million rows, and others beside us.
// `npm run bench -- --decisions`: the ways of asking beside each other. `npm run bench -- --gateways`: syncs that are killed.
// `npm run bench -- --cost`: tokens and calls of both tasks, beside others.
// `npm run bench -- --review`: how soon a review finds what is wrong.
// `npm run bench -- --cascade`: what a cascade leaves to ask, and whether it keeps its promise.
// `npm run bench -- --moves`: processes that are killed while a store moves. `--kb-kills`: killed builds of a knowledge base.
// `npm run bench -- --lane`: a million items through batches, and processes that are killed while they wait for some.
// `npm run bench -- --first-token`: a conversation beside the SDK.
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    scale: { type: 'boolean', default: false },
    decisions: { type: 'boolean', default: false },
    gateways: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '20' },
    'kb-kills': { type: 'boolean', default: false },
    review: { type: 'boolean', default: false },
    cascade: { type: 'boolean', default: false },
    /** Where the labelled sets are. */
    data: { type: 'string', default: '../shared/data' },
    lane: { type: 'boolean', default: false },
    moves: { type: 'boolean', default: false },
    mounted: { type: 'boolean', default: false },
    kills: { type: 'string' },
    'first-token': { type: 'boolean', default: false },
    pairs: { type: 'string', default: '40' },
    rows: { type: 'string', default: '1000000' },
    items: { type: 'string', default: '20000' },
    cost: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    /** A build that is measured as it is; absent: it is built. */
    dist: { type: 'string' },
  },
})

if (values.scale) {
  const { runScale } = await import('./scale.mjs')
  const { rows, items, json: isJson, dist } = values
  const isWhole = await runScale({ rows: Number(rows), items: Number(items), isJson, dist })
  process.exitCode = isWhole ? 0 : 1
} else if (values.decisions) {
  const { runDecisions } = await import('./decisions.mjs')
  const { items, json: isJson, dist } = values
  process.exitCode = (await runDecisions({ items: Number(items), isJson, dist })) ? 0 : 1
} else if (values.gateways) {
  const { runGatewayKills } = await import('./gatewayKills.mjs')
  process.exitCode = (await runGatewayKills({ seeds: Number(values.seeds), isJson: values.json })) ? 0 : 1
} else if (values['kb-kills']) {
  const { runKilledBuilds } = await import('./knowledge.mjs')
  process.exitCode = (await runKilledBuilds({ kills: Number(values.kills ?? 20) })) ? 0 : 1
} else if (values.review) {
  const { runReviewFigures } = await import('./review.mjs')
  process.exitCode = (await runReviewFigures({ folder: values.data, isJson: values.json })) ? 0 : 1
} else if (values.cost) {
  const { runCost } = await import('./cost.mjs')
  const { data: folder, json: isJson, dist } = values
  process.exitCode = (await runCost({ folder, isJson, dist })) ? 0 : 1
} else if (values.cascade) {
  const { runCascadeFigures } = await import('./cascade.mjs')
  const { data: folder, seeds, json: isJson } = values
  process.exitCode = (await runCascadeFigures({ folder, seeds: Number(seeds), isJson })) ? 0 : 1
} else if (values.moves) {
  const { runKilledMoves } = await import('./moves.mjs')
  process.exitCode = (await runKilledMoves({
    kills: Number(values.kills ?? 200),
    isJson: values.json,
    isMounted: values.mounted,
  }))
    ? 0
    : 1
} else if (values.lane) {
  const { runLane } = await import('./lane.mjs')
  const { rows, kills, json: isJson, dist } = values
  process.exitCode = (await runLane({ rows: Number(rows), kills: Number(kills ?? 20), isJson, dist })) ? 0 : 1
} else if (values['first-token']) {
  const { runFirstToken } = await import('./firstToken.mjs')
  process.exitCode = (await runFirstToken({ pairs: Number(values.pairs), isJson: values.json })) ? 0 : 1
} else await import('./budgets.mjs')
