/** Where the focus goes when a model is left or its row is gone. */
export const addModelId = 'add-model'
export const openModelId = (provider: string, model: string) => `open-model ${provider}/${model}`
