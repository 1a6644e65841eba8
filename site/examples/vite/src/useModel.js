import { useEffect, useState } from 'react';
import { Model } from 'kerata';

/** A model as long as the component is there: {model, error}, both null while it loads. */
export function useModel(filepath) {
  const [state, setState] = useState({ model: null, error: null });
  useEffect(() => {
    const model = new Model({ filepath });
    model.ready().then(
      () => setState({ model, error: null }),
      (error) => error.code !== 'aborted' && setState({ model: null, error }),
    );
    return () => void model.cleanup();
  }, [filepath]);
  return state;
}
