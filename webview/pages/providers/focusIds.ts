/** Where the focus goes when a form is left or a row is gone. */
export const addButtonId = 'add-provider'
export const editButtonId = (provider: string) => `edit-${provider}`
