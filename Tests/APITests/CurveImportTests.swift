import Foundation
import HTTPTypes
import Storage
import Testing

@testable import API

@Suite struct CurveImportTests {
    private func importCSV(_ text: String, _ query: String, to test: TestAPI) async throws -> TestAPI.Reply {
        try await test.ask(
            .post, "/v1/curves?" + query, Array(text.utf8), headers: [.contentType: "text/csv; charset=utf-8"])
    }

    private static let csv = "epoch,val_dice,train_loss\n0,0.1,0.9\n1,0.4,\n2,0.5,0.3\n3,0.6,0.2\n"

    @Test func aCurveIsKeptListedAndForgotten() async throws {
        let test = try await TestAPI()
        let reply = try await importCSV(Self.csv, "name=fold%200&size=208&depth=6&dimensions=3", to: test)
        #expect(reply.status == 201)
        let first = try reply.decoded(ImportedCurveBody.self)
        #expect(first.name == "fold 0" && first.epochs == 4 && first.finalValDSC == 0.6)
        #expect(first.config.size == 208 && first.config.depth == 6 && first.config.dimensions == 3)
        let json =
            #"{"name":"b","curve":[0.1,{"epoch":5,"val_dsc":0.3},{"epoch":9,"val_dsc":0.4}],"config":{"fraction":0.5}}"#
        let second = try await test.ask(.post, "/v1/curves", json: json).decoded(ImportedCurveBody.self)
        #expect(second.epochs == 9 && second.config.fraction == 0.5 && second.config.size == nil)

        let page = try await test.ask(.get, "/v1/curves?limit=1").decoded(Page<ImportedCurveBody>.self)
        #expect(page.items.map(\.id) == [second.id])
        let rest = try await test.ask(.get, "/v1/curves?cursor=\(page.nextCursor ?? "")")
            .decoded(Page<ImportedCurveBody>.self)
        #expect(rest.items.map(\.id) == [first.id] && rest.nextCursor == nil)
        #expect(try await test.ask(.delete, "/v1/curves/\(first.id)").status == 204)
        #expect(try await test.ask(.delete, "/v1/curves/\(first.id)").status == 404)
        #expect(try await test.ask(.get, "/v1/curves").decoded(Page<ImportedCurveBody>.self).items.count == 1)
    }

    @Test func theSurrogateIsRefinedOnThem() async throws {
        let test = try await TestAPI()
        for index in 0..<11 {
            #expect(try await importCSV(Self.csv, "name=c\(index)&size=\(index + 1)", to: test).status == 201)
        }
        #expect(try await test.api.forecasts.claimRefinement() == nil)
        #expect(try await importCSV(Self.csv, "name=c11&size=12", to: test).status == 201)
        let work = try #require(try await test.api.forecasts.claimRefinement())
        // Oldest first, whole.
        #expect(work.curves.map(\.config.size) == (1...12).map { $0 })
        #expect(work.curves[0].curve.map(\.valDSC) == [0.1, 0.4, 0.5, 0.6] && work.curves[0].totalEpochs == 4)
        #expect(work.curves[0].curve.map(\.epoch) == [1, 2, 3, 4] && work.curves[0].curve[1].trainLoss == nil)
    }

    @Test(arguments: [
        ("epoch,loss\n1,2\n", "name=a", "", "needs a header line"), (csv, "", "?name", "is required"),
        ("val_dsc\n0.1\n0.2\n", "name=a", "", "has 2 points"), (csv, "name=a&depth=99", "?depth", "from 1 to 32"),
        ("val_dsc\n0.1\n7\n0.2\n", "name=a", "", "line 3: val_dsc must be from 0 to 1"),
        (csv, "name=a&seed=1", "?seed", "is not a parameter"),
        ("val_dsc,val_loss\n0.1,1\n0.2,1e10\n0.3,1\n", "name=a", "", "losses must be"),
    ])
    func badCSVIsNamed(text: String, query: String, pointer: String, detail: String) async throws {
        let reply = try await importCSV(text, query, to: try await TestAPI())
        #expect(reply.status == 422)
        let error = try #require(try reply.decoded(ProblemBody.self).errors?.first)
        #expect(error.pointer == pointer && error.detail.contains(detail), "\(error)")
    }

    @Test func epochsThatDoNotRiseAreRefused() async throws {
        let reply = try await importCSV("epoch,val_dsc\n1,0.1\n3,0.2\n2,0.3\n", "name=a", to: try await TestAPI())
        #expect(reply.status == 422)
        #expect(String(decoding: reply.body, as: UTF8.self).contains("has epoch 2 behind epoch 3; epochs must rise"))
    }

    @Test(arguments: [
        (#"{"curve":[0.1,0.2,0.3]}"#, "/name"), (#"{"name":"a","curve":[0.1,0.2]}"#, "/curve"),
        (#"{"name":"a","curve":[0.1,0.2,0.3],"total_epochs":9}"#, "/total_epochs"),
        (#"{"name":"a","curve":[0.1,{"epoch":4,"val_dsc":0.1},{"epoch":4,"val_dsc":0.1}]}"#, "/curve/2"),
    ])
    func badJSONIsNamed(body: String, pointer: String) async throws {
        let reply = try await (try await TestAPI()).ask(.post, "/v1/curves", json: body)
        #expect(reply.status == 422)
        #expect(try reply.decoded(ProblemBody.self).errors?.map(\.pointer) == [pointer])
    }

    @Test func otherTypesAreRefused() async throws {
        let reply = try await (try await TestAPI()).ask(
            .post, "/v1/curves", Array("a".utf8), headers: [.contentType: "text/plain"])
        #expect(reply.status == 415)
    }
}
