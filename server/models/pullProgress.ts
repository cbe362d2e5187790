import type { PullProgress } from '../../protocol/models.ts'
import type { PullStep } from '../providers/adapter.ts'

/** As many as the contract lets through; models have about ten. */
const mostLayers = 200

export function noProgress(provider: string, model: string): PullProgress {
  return { provider, model, status: '', completedBytes: null, totalBytes: null, layers: [] }
}

/** The sum goes over all layers that were heard of: a total grows while a server still looks for them. */
export function addStep(before: PullProgress, step: PullStep): PullProgress {
  const layers = withLayer(before.layers, step)
  const sum = (bytes: (layer: PullProgress['layers'][number]) => number) =>
    layers.length === 0 ? null : layers.reduce((total, layer) => total + bytes(layer), 0)
  return {
    ...before,
    status: step.status,
    layers,
    completedBytes: sum(({ completedBytes }) => completedBytes),
    totalBytes: sum(({ totalBytes }) => totalBytes),
  }
}

function withLayer(layers: PullProgress['layers'], step: PullStep): PullProgress['layers'] {
  const { digest } = step
  if (digest === null) return layers
  const known = layers.find((layer) => layer.digest === digest)
  // What a step leaves out is as it was; a layer never shrinks.
  const completedBytes = Math.max(step.completedBytes ?? 0, known?.completedBytes ?? 0)
  const totalBytes = Math.max(step.totalBytes ?? 0, known?.totalBytes ?? 0, completedBytes)
  const layer = { digest, completedBytes, totalBytes }
  if (known) return layers.map((each) => (each === known ? layer : each))
  return layers.length < mostLayers ? [...layers, layer] : layers
}
