export function startLoad(count: number): () => void;
