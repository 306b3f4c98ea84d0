//! What calls of models used.

use store::spending::Spending;

use crate::db::{Db, contract};

contract!(what_models_used_adds_up_by_month_and_tenant,);

fn used(model: &str, cost_micros: u64) -> Spending {
    Spending { model: model.to_owned(), calls: 1, tokens_in: 100, tokens_out: 10, cost_micros }
}

async fn what_models_used_adds_up_by_month_and_tenant(db: Db) {
    let (july, august) = ("2025-07-31T23:59:59Z".parse().unwrap(), "2025-08-01T00:00:00Z".parse().unwrap());
    let other = db.store.ensure_tenant("globex", july).await.unwrap();
    assert_eq!(db.store.spent(db.tenant, july).await.unwrap(), 0);
    assert_eq!(db.store.spend(db.tenant, july, &used("large", 500)).await.unwrap(), 500);
    assert_eq!(db.store.spend(db.tenant, july, &used("large", 500)).await.unwrap(), 1_000);
    assert_eq!(
        db.store.spend(db.tenant, july, &used("small", 7)).await.unwrap(),
        1_007,
        "all models together"
    );
    assert_eq!(db.store.spend(db.tenant, august, &used("large", 3)).await.unwrap(), 3, "a new month");
    assert_eq!(db.store.spend(other, july, &used("large", 9)).await.unwrap(), 9, "another tenant");
    assert_eq!(db.store.spent(db.tenant, july).await.unwrap(), 1_007);
    let large = Spending { calls: 2, tokens_in: 200, tokens_out: 20, ..used("large", 1_000) };
    let listed = db.store.list_spending(db.tenant, july).await.unwrap();
    assert_eq!(listed, [large, used("small", 7)]);
}
