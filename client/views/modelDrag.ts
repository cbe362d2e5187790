import { commands, type DataTransfer, DataTransferItem, type TreeDragAndDropController } from 'vscode'
import * as z from 'zod'
import { ModelId, ProviderId, type Task } from '../../protocol/names.ts'
import type { TreeNode } from '../describe/describeProvider.ts'

/** What is dragged from one of our views to another. */
export const modelMime = 'application/vnd.llm-providers.model'

/** A provider without a model asks for one when it is dropped. */
const Dragged = z.strictObject({ provider: ProviderId, model: ModelId.nullable() })

/** Models and providers can be taken from the tree of providers. */
export const modelDrag: TreeDragAndDropController<TreeNode> = {
  dragMimeTypes: [modelMime],
  dropMimeTypes: [],
  handleDrag([node], transfer) {
    if (!node || node.type === 'note') return
    const dragged: z.infer<typeof Dragged> = {
      provider: node.provider,
      model: node.type === 'model' ? node.model : null,
    }
    transfer.set(modelMime, new DataTransferItem(JSON.stringify(dragged)))
  },
}

/** Dropped on a route, they become what it goes through; beside the routes, the task is asked for. */
export function modelDrop<Node extends { task: Task }>(): TreeDragAndDropController<Node> {
  return {
    dragMimeTypes: [],
    dropMimeTypes: [modelMime],
    async handleDrop(target, transfer) {
      const dropped = await findDragged(transfer)
      if (!dropped) return
      const { provider, model } = dropped
      await commands.executeCommand('llmProviders.setRoute', target?.task, provider, model ?? undefined)
    },
  }
}

/**
 * The editor announces the type with an empty text while something is dragged, and adds the value behind it: so every text of the type is
 * looked at. Anything can be dropped under that type.
 */
async function findDragged(transfer: DataTransfer): Promise<z.infer<typeof Dragged> | null> {
  for (const [mime, item] of transfer) {
    const dropped = mime === modelMime ? readDragged(await item.asString()) : null
    if (dropped) return dropped
  }
  return null
}

function readDragged(text: string): z.infer<typeof Dragged> | null {
  try {
    return Dragged.parse(JSON.parse(text))
  } catch {
    return null
  }
}
