/** In a worker: takes the URLs of the files that its page has given as its name, before another module asks for one. */
import { setFileUrls } from '../files.js';

setFileUrls(JSON.parse(self.name));
