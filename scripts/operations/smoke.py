"""Uses every feature of a server once, as its clients do. Exit status 1 if anything is wrong."""

import argparse
import sys

from client import CheckError, Server, plain, report, tile_at


def main():
    parser = argparse.ArgumentParser(prog="scripts/smoke-test", description=__doc__)
    parser.add_argument("url", help="the server's address, as its clients see it")
    parser.add_argument("--page", action="store_true", help="also check the page")
    parser.add_argument("--token", help="also check internal layers, with this token")
    parser.add_argument("--dry-run", action="store_true", help="print the checks without running them")
    args = parser.parse_args()
    visit = Visit(Server(args.url), Server(args.url, args.token) if args.token else None)
    checks = [
        ("catalog", visit.catalog),
        ("TileJSON of each layer", visit.tilejson),
        ("a tile of each layer", visit.tiles),
        ("immutable tiles", visit.lifetimes),
        ("not modified", visit.conditions),
        ("tables", visit.tables),
        ("internal layers are hidden", visit.hidden),
        ("not found", visit.missing),
    ]
    checks += [("the page", visit.page)] if args.page else []
    checks += [("internal layers by token", visit.internal)] if args.token else []
    if args.dry_run:
        print("\n".join(f"would check: {name}" for name, _ in checks))
        return 0
    return report(checks)


class Visit:
    def __init__(self, server, insider):
        self.server, self.insider = server, insider
        self.layers, self.described, self.found = [], {}, {}

    def catalog(self):
        catalog = self.server.json("/v1/catalog.json")
        self.layers, self.listed = catalog["layers"], catalog["tables"]
        if not self.layers:
            raise CheckError("the catalog lists no layer")
        return f"map {catalog['number']}, {len(self.layers)} layers, {len(self.listed)} tables"

    def tilejson(self):
        for entry in self.layers:
            described = self.server.json(entry["tilejson"])
            if not described["vector_layers"] or not described["tiles"]:
                raise CheckError(f"the TileJSON of {entry['layer']} has no layers or no tiles")
            self.described[f"{entry['layer']}/{entry['slot']}"] = described
        return ", ".join(self.described)

    def tiles(self):
        """The tile at the centre of each layer, at the first zoom where it is not empty."""
        for name, described in self.described.items():
            lng, lat, _ = described["center"]
            for zoom in range(described["minzoom"], described["maxzoom"] + 1):
                path = described["tiles"][0].format(**dict(zip("zxy", tile_at(lng, lat, zoom))))
                status, headers, body = self.server.get(path)
                if status == 200:
                    self.found[name] = (path, headers, body)
                    break
                if status != 204:
                    raise CheckError(f"{path} answers {status}")
            if not plain(*self.found[name][1:]):
                raise CheckError(f"{name} has an empty tile")
        return f"{sum(len(body) for _, _, body in self.found.values())} bytes"

    def lifetimes(self):
        for path, headers, _ in self.found.values():
            lifetime = headers["Cache-Control"] or ""
            if "immutable" not in lifetime:
                raise CheckError(f"{path} is not immutable: {lifetime}")

    def conditions(self):
        for path, headers, _ in self.found.values():
            status, _, body = self.server.get(path, If_None_Match=headers["ETag"])
            if (status, body) != (304, b""):
                raise CheckError(f"{path} answers {status} to its own ETag")

    def tables(self):
        for entry in self.listed:
            if not self.server.json(entry["url"]):
                raise CheckError(f"{entry['name']} is empty")

    def hidden(self):
        shown = [entry["layer"] for entry in self.layers if entry["visibility"] != "public"]
        if shown:
            raise CheckError(
                f"every client sees {', '.join(sorted(set(shown)))}; only a private network may allow that"
            )
        status = self.server.get("/v1/tiles/density/30d/tilejson.json")[0]
        if status not in (401, 404):
            raise CheckError(f"density answers {status}")

    def missing(self):
        for path, wanted in [("/v1/nothing", 404), ("/v1/tiles/vendors/now/6/x/25.mvt", 400), ("/metrics", 404)]:
            status = self.server.get(path)[0]
            if status != wanted:
                raise CheckError(f"{path} answers {status}, not {wanted}")

    def page(self):
        status, headers, body = self.server.get("/")
        if status != 200 or b"<html" not in plain(headers, body):
            raise CheckError(f"the page answers {status}")
        if "default-src" not in (headers["Content-Security-Policy"] or ""):
            raise CheckError("the page has no Content-Security-Policy")

    def internal(self):
        inside = [entry for entry in self.insider.json("/v1/catalog.json")["layers"] if entry["visibility"] != "public"]
        if not inside:
            raise CheckError("the token shows no internal layer")
        for entry in inside:
            self.insider.json(entry["tilejson"])
        return f"{len(inside)} layers"


if __name__ == "__main__":
    sys.exit(main())
